import { InvalidInputError } from '@archivolt/kit/errors/domain-error'
import type { PrismaClient } from '../../../prisma/client/client.ts'
import type { Backends } from '../../backends/backends.ts'
import { mintObjectKey, type ObjectKey } from '../../drivers/object-key.ts'
import type { PresignedRequest } from '../../drivers/driver.ts'
import type { OpenBackend } from '../../backends/backends.ts'
import { partCount, partSizeFor } from '../upload-parts.ts'
import { reserve } from '../../quotas/quota-account.ts'
import { QuotaExceededError } from '../../quotas/quota.errors.ts'
import type { Tickets } from '../ticket.ts'

/** How long an upload may take from its ticket to its last byte. */
const UPLOAD_LIFETIME_MS = 6 * 3_600_000
/** An address at the service itself is outside our reach once it is given; it lives shorter. */
const DIRECT_LIFETIME_MS = 3_600_000
/** After a direct upload storage reads the object once to know its hash; beyond this that would keep the caller waiting. */
const MAX_DIRECT_BYTES = 2 * 1024 ** 3

interface Deps {
  db: PrismaClient
  backends: Backends
  tickets: Tickets
  /** Bytes a person may store; null for no limit. */
  quotaDefault: number | null
  /** Hears of uploads that were refused for want of room. */
  tellRefusal(userId: string, upload: { documentId: string; size: number }, requestId: string | null): Promise<void>
  now: () => number
}

export interface NewUpload {
  id: string
  documentId: string
  ownerId: string
  filename: string
  contentType: string
  size: number
  sha256: string | null
  /** The owner's groups, which may have a limit for their members; null when they are not known. */
  groups: readonly string[] | null
  requestId: string | null
}

export interface UploadTicket {
  method: 'PUT'
  /** Relative to the public origin, or at the service that keeps the bytes. */
  url: string
  headers: { name: string; value: string }[]
  expiresAt: Date
  /** Bytes of every part but the last, and where each goes; null where the upload comes in one piece. */
  partSize: number | null
  parts: { number: number; url: string }[] | null
}

/**
 * Sets room aside for an upload and mints its ticket: for storage's own door, or, where the place can be reached by
 * clients, for the place itself.
 * @throws InvalidInputError, QuotaExceededError
 */
export const beginUpload =
  (deps: Deps) =>
  async (input: NewUpload): Promise<UploadTicket> => {
    if (input.size < 1) throw new InvalidInputError('size', 'The file is empty.')
    const { backend, driver, direct: reachable } = await deps.backends.currentFor(input.ownerId)
    const direct =
      input.size <= MAX_DIRECT_BYTES ? await presignUpload({ backend, driver, direct: reachable }, input) : null
    const lifetime = direct ? DIRECT_LIFETIME_MS : UPLOAD_LIFETIME_MS
    const expiresAt = new Date(deps.now() + lifetime)
    const reserving = deps.db.$transaction(async (tx) => {
      await reserve(tx, input.ownerId, input.size, {
        defaultLimit: deps.quotaDefault,
        groups: input.groups,
        own: backend.ownerId !== null,
      })
      await tx.upload.create({
        data: {
          id: input.id,
          documentId: input.documentId,
          ownerId: input.ownerId,
          backendId: backend.id,
          filename: input.filename,
          contentType: input.contentType,
          declaredSize: input.size,
          declaredSha256: input.sha256,
          expiresAt,
          partSize: direct ? null : partSizeFor(input.size),
          ...(direct && { direct: true, directOnce: 'if-none-match' in direct.headers, key: direct.key }),
        },
      })
    })
    await reserving.catch(async (error: unknown) => {
      if (error instanceof QuotaExceededError) await deps.tellRefusal(input.ownerId, input, input.requestId)
      throw error
    })
    if (direct) {
      const headers = Object.entries(direct.headers).map(([name, value]) => ({ name, value }))
      return { method: 'PUT', url: direct.url, headers, expiresAt, partSize: null, parts: null }
    }
    const url = `/files/uploads/${deps.tickets.mint({ kind: 'upload', id: input.id, expiresAt })}`
    const partSize = partSizeFor(input.size)
    return {
      method: 'PUT',
      url,
      headers: [{ name: 'content-type', value: input.contentType }],
      expiresAt,
      partSize,
      parts:
        partSize === null
          ? null
          : Array.from({ length: partCount(input.size, partSize) }, (_, at) => ({
              number: at + 1,
              url: `${url}/parts/${at + 1}`,
            })),
    }
  }

/** Null where clients do not reach the place by themselves. */
async function presignUpload(
  { driver, direct }: OpenBackend,
  input: NewUpload,
): Promise<(PresignedRequest & { key: ObjectKey }) | null> {
  if (!direct || !driver.presign) return null
  const key = mintObjectKey(input.ownerId, input.documentId, input.filename)
  const { contentType, size } = input
  const expiresInSeconds = DIRECT_LIFETIME_MS / 1000
  return { key, ...(await driver.presign(key, { method: 'PUT', expiresInSeconds, contentType, size })) }
}
