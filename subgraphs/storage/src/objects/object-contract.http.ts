import { addSignedRoute } from '@archivolt/kit/server/signed-routes'
import type { VerifyIdentity } from '@archivolt/kit/identity/verify'
import type { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { OpenBlob } from '../blobs/usecases/open-blob.ts'
import type { Blob } from '../../prisma/client/client.ts'
import { NO_LIMIT } from '../uploads/upload.http.ts'
import { receiveBytes } from '../uploads/incoming.ts'
import { bucketFor, CALLERS, nameFor, prefixFor, type BucketName } from './buckets.ts'
import type { NewObject, PutObject } from './usecases/put-object.ts'
import type { ObjectPage } from './usecases/read-object.ts'

interface Deps {
  putObject(object: NewObject, body: Readable, signal: AbortSignal): Promise<PutObject>
  findObject(bucket: BucketName, name: string): Promise<Blob>
  deleteObject(bucket: BucketName, name: string): Promise<void>
  listObjects(bucket: BucketName, prefix: string, after: string, first: number): Promise<ObjectPage>
  blobs: OpenBlob
}

const etag = z.string().regex(/^[0-9a-f]{64}$/)
const putQuery = z.object({
  contentType: z.string().min(1).max(255),
  ifMatch: etag.optional(),
  ifNoneMatch: z.literal('*').optional(),
  ownerId: z.uuid().optional(),
  documentId: z.uuid().optional(),
})

/**
 * The internal contract by which services keep what is no document: settings, page images, exports, files of the audit
 * log. A write may be made conditional on the version that was read (`kit/src/objects/object-store.ts` speaks it).
 */
export function addObjectContract(http: FastifyInstance, verify: VerifyIdentity, deps: Deps): void {
  addSignedRoute(http, verify, {
    method: 'PUT',
    url: '/internal/objects/:bucket',
    callers: CALLERS,
    ...NO_LIMIT,
    handler: ({ identity: { caller }, params, query, request }) =>
      receiveBytes(request, ({ body, announcedLength, signal }) => {
        const bucket = bucketFor(caller, params.bucket)
        const { ownerId, documentId, ...options } = putQuery.parse(query)
        const owner = ownerId && documentId ? { userId: ownerId, documentId } : undefined
        const name = nameFor(caller, bucket, query.name)
        return deps.putObject({ bucket, name, ...options, size: announcedLength ?? undefined, owner }, body, signal)
      }),
  })
  addSignedRoute(http, verify, {
    method: 'GET',
    url: '/internal/objects/:bucket',
    callers: CALLERS,
    handler: ({ identity: { caller }, params, query }) => {
      const bucket = bucketFor(caller, params.bucket)
      return deps.listObjects(
        bucket,
        prefixFor(caller, bucket, query.prefix ?? ''),
        query.after ?? '',
        Number(query.first ?? 100),
      )
    },
  })
  addSignedRoute(http, verify, {
    method: 'GET',
    url: '/internal/objects/:bucket/bytes',
    callers: CALLERS,
    handler: async ({ identity: { caller }, params, query, reply, signal }) => {
      const bucket = bucketFor(caller, params.bucket)
      const blob = await deps.findObject(bucket, nameFor(caller, bucket, query.name))
      void reply.headers({
        'x-object-etag': blob.sha256,
        'x-object-size': String(blob.size),
        'x-object-type': blob.contentType,
        'content-type': 'application/octet-stream',
      })
      return deps.blobs.read(blob, { signal })
    },
  })
  addSignedRoute(http, verify, {
    method: 'DELETE',
    url: '/internal/objects/:bucket',
    callers: CALLERS,
    handler: async ({ identity: { caller }, params, query }) => {
      const bucket = bucketFor(caller, params.bucket)
      await deps.deleteObject(bucket, nameFor(caller, bucket, query.name))
      return {}
    },
  })
}
