import { NotFoundError } from '@archivolt/kit/errors/domain-error'
import { enqueue } from '@archivolt/kit/jobs/outbox'
import type { Blob, PrismaClient } from '../../../prisma/client/client.ts'
import { releaseBlobJob } from '../../blobs/release-blob.job.ts'
import type { BucketName } from '../buckets.ts'

interface Deps {
  db: PrismaClient
  outbox: { kick(): void }
}

const MAX_PAGE = 1000

/** The blob that has a name now. @throws NotFoundError */
export const findObject =
  ({ db }: Deps) =>
  async (bucket: BucketName, name: string): Promise<Blob> => {
    const found = await db.namedObject.findUnique({ where: { bucket_name: { bucket, name } }, include: { blob: true } })
    if (!found) throw new NotFoundError('The object')
    return found.blob
  }

/** Takes a name away; its bytes follow in the background. Absent is success. */
export const deleteObject =
  ({ db, outbox }: Deps) =>
  async (bucket: BucketName, name: string): Promise<void> => {
    await db.$transaction(async (tx) => {
      const gone = await tx.$queryRaw<{ blob_id: string }[]>`
        DELETE FROM "named_objects" WHERE "bucket" = ${bucket} AND "name" = ${name} RETURNING "blob_id"`
      for (const { blob_id } of gone) await enqueue(tx, releaseBlobJob, { blobId: blob_id })
    })
    outbox.kick()
  }

export interface ObjectPage {
  objects: { name: string; size: number; etag: string; updatedAt: Date }[]
  next: string | null
}

/** Names in their order, compared byte by byte. @param first 1 to 1,000 */
export const listObjects =
  ({ db }: Deps) =>
  async (bucket: BucketName, prefix: string, after: string, first: number): Promise<ObjectPage> => {
    const limit = Math.min(Math.max(Math.trunc(first) || 1, 1), MAX_PAGE)
    // A name never holds the highest code point, so that all that begin with the prefix lie below this bound.
    const rows = await db.$queryRaw<{ name: string; size: bigint; etag: string; updatedAt: Date }[]>`
      SELECT o."name", b."size", b."sha256" AS "etag", o."updated_at" AS "updatedAt"
      FROM "named_objects" o JOIN "blobs" b ON b."id" = o."blob_id"
      WHERE o."bucket" = ${bucket} AND o."name" > ${after}
        AND o."name" >= ${prefix} AND o."name" < ${prefix + '\u{10ffff}'}
      ORDER BY o."name" LIMIT ${limit + 1}`
    const objects = rows.slice(0, limit).map((row) => ({ ...row, size: Number(row.size) }))
    return { objects, next: rows.length > limit ? (objects.at(-1)?.name ?? null) : null }
  }
