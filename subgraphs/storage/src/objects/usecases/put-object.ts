import { randomUUID } from 'node:crypto'
import type { Readable } from 'node:stream'
import { enqueue } from '@archivolt/kit/jobs/outbox'
import type { Logger } from '@archivolt/kit/log/logger'
import type { Prisma, PrismaClient } from '../../../prisma/client/client.ts'
import type { Backends } from '../../backends/backends.ts'
import { releaseBlobJob } from '../../blobs/release-blob.job.ts'
import { mintObjectKey } from '../../drivers/object-key.ts'
import { publishing } from '../../garbage/object-intent.ts'
import { hashingStream } from '../../uploads/hashing-stream.ts'
import type { BucketName } from '../buckets.ts'
import { ObjectChangedError } from '../object.errors.ts'

interface Deps {
  db: PrismaClient
  backends: Backends
  outbox: { kick(): void }
  vaultId: string
  log: Logger
  now: () => number
}

export interface NewObject {
  bucket: BucketName
  name: string
  contentType: string
  /** Bytes, where the sender says so. */
  size?: number
  ifMatch?: string
  ifNoneMatch?: '*'
  owner?: { userId: string; documentId: string }
}

export interface PutObject {
  etag: string
  size: number
  blobId: string
}

/**
 * Keeps bytes under a name. They are an immutable blob like any other, so that placing, moving and proving them needs
 * nothing of its own; only the name moves on, and the version it left is released.
 * @throws ObjectChangedError when a condition does not hold, before or after the bytes came; DriverError
 */
export const putObject =
  (deps: Deps) =>
  async (object: NewObject, body: Readable, signal: AbortSignal): Promise<PutObject> => {
    const hashing = hashingStream(body)
    assertCondition(object, await currentOf(deps.db, object))
    const { backend } = await deps.backends.current()
    const ownerId = object.owner?.userId ?? deps.vaultId
    const documentId = object.owner?.documentId ?? randomUUID()
    const key = mintObjectKey(ownerId, documentId, object.name)
    const kept = await publishing(deps)(
      { backendId: backend.id, key },
      async (intent) => {
        const { size } = await intent.driver.put(key, hashing.stream, {
          size: object.size,
          contentType: object.contentType,
          signal: intent.signal,
        })
        const sha256 = hashing.digest()
        const blobId = await deps.db.$transaction(async (tx) => {
          await intent.settle(tx)
          // A name that is not there yet has no row to lock.
          await tx.$queryRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`${object.bucket}/${object.name}`}, 0))::text`
          const before = await currentOf(tx, object)
          assertCondition(object, before)
          const blob = await tx.blob.create({
            data: {
              key,
              bucket: object.bucket,
              ownerId,
              documentId,
              filename: object.name.slice(object.name.lastIndexOf('/') + 1),
              contentType: object.contentType,
              size,
              sha256,
              replicas: { create: { backendId: backend.id, state: 'VERIFIED', verifiedAt: new Date(deps.now()) } },
            },
          })
          const { bucket, name } = object
          const updatedAt = new Date(deps.now())
          await tx.namedObject.upsert({
            where: { bucket_name: { bucket, name } },
            create: { bucket, name, blobId: blob.id, updatedAt },
            update: { blobId: blob.id, updatedAt },
          })
          if (before) await enqueue(tx, releaseBlobJob, { blobId: before.blobId })
          return blob.id
        })
        return { etag: sha256, size, blobId }
      },
      signal,
    )
    deps.outbox.kick()
    return kept
  }

type Current = { blobId: string; blob: { sha256: string } } | null

function currentOf(db: Prisma.TransactionClient, { bucket, name }: NewObject): Promise<Current> {
  return db.namedObject.findUnique({
    where: { bucket_name: { bucket, name } },
    select: { blobId: true, blob: { select: { sha256: true } } },
  })
}

function assertCondition(object: NewObject, current: Current): void {
  if (object.ifNoneMatch && current) throw new ObjectChangedError()
  if (object.ifMatch !== undefined && current?.blob.sha256 !== object.ifMatch) throw new ObjectChangedError()
}
