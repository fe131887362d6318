import { text } from 'node:stream/consumers'
import { InvalidInputError } from '@archivolt/kit/errors/domain-error'
import type { ObjectStore } from '@archivolt/kit/objects/object-store'
import { z } from 'zod'
import { ALLOWED_TYPES } from '../documents/file-types.ts'

/** What the vault takes in. */
export interface DocumentLimits {
  /** Bytes of the largest file. */
  maxFileSize: number
  /** Bytes of the largest PDF. */
  maxPdfSize: number
  /** Media types. */
  allowedTypes: readonly string[]
}

export interface KeptLimits {
  limits: DocumentLimits
  /** Null before anybody set any. */
  etag: string | null
}

const OBJECT = { bucket: 'config', name: 'documents/limits.json' } as const
/** How long another process's change may stay unnoticed. */
const FRESH_MS = 10_000
const TIMEOUT_MS = 10_000

const version1 = z.object({
  version: z.literal(1),
  maxFileSize: z.number().int().positive(),
  maxPdfSize: z.number().int().positive(),
  allowedTypes: z.array(z.string()),
})

export interface LimitStore {
  /** As they are now, at most some seconds old. @throws UnavailableError before they could be read once */
  current(): Promise<DocumentLimits>
  /** As they are kept at this moment. @throws UnavailableError */
  read(): Promise<KeptLimits>
  /** @throws ObjectChangedError when somebody else set them since `etag`, UnavailableError */
  write(limits: DocumentLimits, etag: string | null): Promise<void>
}

/**
 * The limits, as versioned JSON in the bucket `config`.
 * @param ceiling what the operator set by the environment: nobody sets more
 */
export function createLimitStore(deps: { objects: ObjectStore; ceiling: number; now: () => number }): LimitStore {
  const preset: DocumentLimits = { maxFileSize: deps.ceiling, maxPdfSize: deps.ceiling, allowedTypes: ALLOWED_TYPES }
  let known: { limits: DocumentLimits; at: number } | null = null

  const read = async (): Promise<KeptLimits> => {
    const found = await deps.objects.get(OBJECT, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    const limits = found ? { ...version1.parse(JSON.parse(await text(found.body))) } : preset
    const { maxFileSize, maxPdfSize, allowedTypes } = limits
    const bounded = {
      maxFileSize: Math.min(maxFileSize, deps.ceiling),
      maxPdfSize: Math.min(maxPdfSize, deps.ceiling),
      allowedTypes: ALLOWED_TYPES.filter((type) => allowedTypes.includes(type)),
    }
    known = { limits: bounded, at: deps.now() }
    return { limits: bounded, etag: found?.etag ?? null }
  }

  return {
    read,
    async current() {
      if (known && deps.now() - known.at < FRESH_MS) return known.limits
      const stale = known
      // Limits change once in a year; those known a minute ago are better than no uploads at all.
      return read().then(
        ({ limits }) => limits,
        (error: unknown) => {
          if (stale) return stale.limits
          throw error
        },
      )
    },
    async write(limits, etag) {
      const body = Buffer.from(JSON.stringify({ version: 1, ...limits }))
      await deps.objects.put(OBJECT, body, {
        contentType: 'application/json',
        ...(etag === null ? { ifNoneMatch: '*' as const } : { ifMatch: etag }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      known = { limits, at: deps.now() }
    },
  }
}

/** @throws InvalidInputError */
export function checkLimits(limits: DocumentLimits, ceiling: number): DocumentLimits {
  for (const field of ['maxFileSize', 'maxPdfSize'] as const) {
    if (limits[field] < 1) throw new InvalidInputError(field, 'At least one byte.')
    if (limits[field] > ceiling)
      throw new InvalidInputError(field, `The operator of this vault allows at most ${ceiling} bytes (MAX_FILE_SIZE).`)
  }
  const unknown = limits.allowedTypes.find((type) => !ALLOWED_TYPES.includes(type))
  if (unknown !== undefined)
    throw new InvalidInputError('allowedTypes', 'The vault does not know how to keep one of these types.')
  if (limits.allowedTypes.length === 0) throw new InvalidInputError('allowedTypes', 'At least one type.')
  return { ...limits, allowedTypes: ALLOWED_TYPES.filter((type) => limits.allowedTypes.includes(type)) }
}
