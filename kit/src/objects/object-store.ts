import { createHash } from 'node:crypto'
import { Transform, type Readable } from 'node:stream'
import { z } from 'zod'
import { DomainError, UnavailableError } from '../errors/domain-error.ts'
import type { Identity } from '../identity/identity.ts'
import type { ServiceClient } from '../server/service-client.ts'

/** Jobs act for no one; the keeper of the objects knows the service by its signature alone. */
const HOUSE: Omit<Identity, 'caller'> = {
  viewer: null,
  requestId: 'house',
  client: { ip: '', userAgent: 'archivolt' },
}

/** Where services keep what is no document: settings, page images, exports, the audit log's files. */
export type Bucket = 'config' | 'previews' | 'exports' | 'audit'

export interface ObjectName {
  bucket: Bucket
  /** Segments of letters, digits, `.`, `_`, `-` between slashes, up to 400 characters. In `config` the first is the service. */
  name: string
}

export interface PutObjectOptions {
  contentType: string
  /** Write only over the version with this etag. */
  ifMatch?: string
  /** Write only where nothing is yet. */
  ifNoneMatch?: '*'
  /** Whose document it belongs to; without it, the vault's own. */
  owner?: { userId: string; documentId: string }
  signal?: AbortSignal
}

export interface KeptObject {
  /** SHA-256 of the bytes in lower-case hexadecimal. */
  etag: string
  /** Bytes. */
  size: number
  blobId: string
}

export interface ListedObject {
  name: string
  size: number
  etag: string
  updatedAt: Date
}

export interface ObjectStore {
  /**
   * Keeps bytes under a name, whole or not at all; what was there before stays readable until then.
   * @throws ObjectChangedError when a condition does not hold, UnavailableError
   */
  put(object: ObjectName, body: Readable | Buffer, options: PutObjectOptions): Promise<KeptObject>
  /** Null when there is nothing; destroy the body to stop. @throws UnavailableError */
  get(
    object: ObjectName,
    options?: { signal?: AbortSignal },
  ): Promise<{ body: Readable; etag: string; size: number; contentType: string } | null>
  /** Absent is success. @throws UnavailableError */
  delete(object: ObjectName): Promise<void>
  /** In order of their names, at most `first` (1 to 1,000; 100 without it) after the name `after`. `next` is null at the end. */
  list(
    bucket: Bucket,
    options?: { prefix?: string; after?: string; first?: number },
  ): Promise<{ objects: ListedObject[]; next: string | null }>
}

/** Another writer was there first: read again, and decide again. */
export class ObjectChangedError extends DomainError {
  override readonly status = 412
  constructor(options?: { cause?: unknown }) {
    super('storage.object.changed', 'It was changed by someone else in the meantime. Read it again.', options)
  }
}

const kept = z.object({ etag: z.string(), size: z.number(), blobId: z.string() })
const listed = z.object({
  objects: z.array(z.object({ name: z.string(), size: z.number(), etag: z.string(), updatedAt: z.coerce.date() })),
  next: z.string().nullable(),
})

/** The objects that storage keeps for this service. */
export function createObjectStore(services: ServiceClient): ObjectStore {
  return {
    async put({ bucket, name }, body, { owner, signal, ...options }) {
      const sent = hashing(body)
      const path = pathOf(bucket, { name, ...options, ownerId: owner?.userId, documentId: owner?.documentId })
      try {
        const answer = kept.parse(
          await services.json('storage', { method: 'PUT', path, bytes: sent.bytes, identity: HOUSE, signal }),
        )
        // The signature of the call does not cover the bytes; what was kept must be what was sent.
        if (answer.etag !== sent.digest())
          throw new UnavailableError('The storage service', { cause: new Error('it kept other bytes than were sent') })
        return answer
      } catch (error) {
        if (error instanceof DomainError && error.code === 'storage.object.changed')
          throw new ObjectChangedError({ cause: error })
        throw error
      }
    },
    async get({ bucket, name }, { signal } = {}) {
      const path = `/internal/objects/${bucket}/bytes?${new URLSearchParams({ name })}`
      const answer = await services.open('storage', { method: 'GET', path, identity: HOUSE, signal })
      if (!answer) return null
      const { headers, body } = answer
      return {
        body,
        etag: String(headers['x-object-etag'] ?? ''),
        size: Number(headers['x-object-size'] ?? 0),
        contentType: String(headers['x-object-type'] ?? 'application/octet-stream'),
      }
    },
    async delete({ bucket, name }) {
      await services.json('storage', { method: 'DELETE', path: pathOf(bucket, { name }), identity: HOUSE })
    },
    async list(bucket, { prefix, after, first } = {}) {
      const path = pathOf(bucket, { prefix, after, first: first === undefined ? undefined : String(first) })
      return listed.parse(await services.json('storage', { method: 'GET', path, identity: HOUSE }))
    },
  }
}

function pathOf(bucket: Bucket, query: Record<string, string | undefined>): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return `/internal/objects/${bucket}?${new URLSearchParams(given)}`
}

/** The bytes, unchanged, and their hash once they have all gone by. */
function hashing(body: Readable | Buffer): { bytes: Readable | Buffer; digest(): string } {
  const hash = createHash('sha256')
  if (Buffer.isBuffer(body)) {
    hash.update(body)
    return { bytes: body, digest: () => hash.digest('hex') }
  }
  const bytes = body.compose(
    new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk)
        done(null, chunk)
      },
    }),
  ) as unknown as Readable
  return { bytes, digest: () => hash.digest('hex') }
}
