import { addSignedRoute } from '@archivolt/kit/server/signed-routes'
import { NotFoundError } from '@archivolt/kit/errors/domain-error'
import type { VerifyIdentity } from '@archivolt/kit/identity/verify'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { OpenBlob } from '../blobs/usecases/open-blob.ts'
import type { NewUpload, UploadTicket } from './usecases/begin-upload.ts'
import type { CommittedBlob } from './usecases/complete-upload.ts'

interface Deps {
  beginUpload(input: NewUpload): Promise<UploadTicket>
  completeUpload(uploadId: string, ownerId: string): Promise<CommittedBlob>
  abortUpload(uploadId: string, ownerId: string): Promise<void>
  discardBlob(blobId: string): Promise<void>
  blobs: OpenBlob
}

const newUpload = z.object({
  id: z.uuid(),
  documentId: z.uuid(),
  ownerId: z.uuid(),
  filename: z.string().min(1).max(255),
  contentType: z.string().min(1).max(255),
  size: z.number().int().nonnegative(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
})
const owner = z.object({ ownerId: z.uuid() })

/**
 * The internal contract by which documents hands bytes to storage and gets them back. It answers documents alone, which
 * has already decided who may do what; the owner is checked once more against the upload.
 *
 * - `POST /internal/uploads`, `POST /internal/uploads/{id}/complete`, `POST /internal/uploads/{id}/abort`
 * - `GET /internal/blobs/{id}`: the bytes
 * - `DELETE /internal/blobs/{id}`: ends a blob for good, its rows and its room at once, its bytes everywhere right after;
 *   repeating it, or an id that is unknown, is success. For files that were purged, never for the trash.
 */
export function addByteContract(http: FastifyInstance, verify: VerifyIdentity, deps: Deps): void {
  const callers = ['documents'] as const
  addSignedRoute(http, verify, {
    method: 'POST',
    url: '/internal/uploads',
    callers,
    body: newUpload,
    handler: ({ body, identity: { viewer, requestId } }) => {
      const groups = viewer?.userId === body.ownerId ? viewer.groups : null
      return deps.beginUpload({ ...body, groups, requestId })
    },
  })
  addSignedRoute(http, verify, {
    method: 'POST',
    url: '/internal/uploads/:id/complete',
    callers,
    body: owner,
    handler: ({ params, body }) => deps.completeUpload(uuid(params.id), body.ownerId),
  })
  addSignedRoute(http, verify, {
    method: 'POST',
    url: '/internal/uploads/:id/abort',
    callers,
    body: owner,
    handler: async ({ params, body }) => {
      await deps.abortUpload(uuid(params.id), body.ownerId)
      return {}
    },
  })
  addSignedRoute(http, verify, {
    method: 'GET',
    url: '/internal/blobs/:id',
    callers,
    handler: async ({ params, signal }) => deps.blobs.read(await deps.blobs.find(uuid(params.id)), { signal }),
  })
  addSignedRoute(http, verify, {
    method: 'DELETE',
    url: '/internal/blobs/:id',
    callers,
    handler: async ({ params }) => {
      await deps.discardBlob(uuid(params.id))
      return {}
    },
  })
}

function uuid(text: string | undefined): string {
  const parsed = z.uuid().safeParse(text)
  if (!parsed.success) throw new NotFoundError('It')
  return parsed.data
}
