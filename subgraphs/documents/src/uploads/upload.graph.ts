import { DomainError, InvalidInputError, NotFoundError, UnavailableError } from '@archivolt/kit/errors/domain-error'
import { fromGlobalId, toGlobalId } from '@archivolt/kit/graph/global-id'
import { DocumentRef } from '../documents/document.graph.ts'
import { callerIn } from '../graph/actor.ts'
import { builder } from '../graph/builder.ts'
import type { Document } from '../../prisma/client/client.ts'
import {
  QuotaExceededError,
  UnsupportedTypeError,
  UploadIncompleteError,
  UploadMismatchError,
  UploadTooLargeError,
} from './upload.errors.ts'
import type { CreatedUpload } from './usecases/create-upload.ts'

builder.objectType(UploadTooLargeError, {
  name: 'UploadTooLargeError',
  interfaces: [DomainError],
  fields: (t) => ({ limit: t.expose('limit', { type: 'ByteCount' }) }),
})
builder.objectType(UnsupportedTypeError, { name: 'UnsupportedTypeError', interfaces: [DomainError] })
builder.objectType(UploadIncompleteError, { name: 'UploadIncompleteError', interfaces: [DomainError] })
builder.objectType(QuotaExceededError, { name: 'QuotaExceededError', interfaces: [DomainError] })
builder.objectType(UploadMismatchError, { name: 'UploadMismatchError', interfaces: [DomainError] })

/** @throws NotFoundError for an id that is none */
function uploadIdOf(globalId: string): string {
  const id = fromGlobalId('Upload', globalId)
  if (!id) throw new NotFoundError('The upload')
  return id
}

const HttpHeader = builder.objectRef<{ name: string; value: string }>('HttpHeader').implement({
  fields: (t) => ({ name: t.exposeString('name'), value: t.exposeString('value') }),
})

const UploadPart = builder.objectRef<{ number: number; url: string }>('UploadPart').implement({
  fields: (t) => ({ number: t.exposeInt('number'), url: t.exposeString('url') }),
})

export const UploadRef = builder.objectRef<CreatedUpload>('Upload').implement({
  description: 'Where and how to send the bytes. Send them once, in one request, unless there are parts.',
  fields: (t) => ({
    id: t.id({ resolve: (upload) => toGlobalId('Upload', upload.id) }),
    method: t.exposeString('method'),
    url: t.exposeString('url', { description: 'May be relative to the origin of this API.' }),
    headers: t.field({ type: [HttpHeader], resolve: (upload) => upload.headers }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime' }),
    partSize: t.expose('partSize', {
      type: 'ByteCount',
      nullable: true,
      description: 'Bytes of every part but the last; null where there are no parts.',
    }),
    parts: t.field({
      type: [UploadPart],
      nullable: true,
      description:
        'A large file may be sent in parts, in any order, each again when it failed. A GET of `url` with `/parts` after it tells which have arrived. ' +
        'Sending it whole to `url` works too.',
      resolve: (upload) => upload.parts,
    }),
    document: t.field({ type: DocumentRef, resolve: (upload) => upload.document }),
  }),
})

const CreateUploadInput = builder.inputType('CreateUploadInput', {
  fields: (t) => ({
    filename: t.string({ required: true, description: 'A name alone, without a folder.' }),
    contentType: t.string({ required: true }),
    size: t.field({ type: 'ByteCount', required: true }),
    sha256: t.string({ description: 'Checked on arrival when given.' }),
  }),
})
const CompleteUploadInput = builder.inputType('CompleteUploadInput', {
  fields: (t) => ({ uploadId: t.id({ required: true }) }),
})
const AbortUploadInput = builder.inputType('AbortUploadInput', {
  fields: (t) => ({ uploadId: t.id({ required: true }) }),
})

const CreateUploadSuccess = builder.objectRef<{ upload: CreatedUpload }>('CreateUploadSuccess').implement({
  fields: (t) => ({ upload: t.field({ type: UploadRef, resolve: (payload) => payload.upload }) }),
})
const CompleteUploadSuccess = builder.objectRef<{ document: Document }>('CompleteUploadSuccess').implement({
  fields: (t) => ({ document: t.field({ type: DocumentRef, resolve: (payload) => payload.document }) }),
})
const AbortUploadSuccess = builder.objectRef<{ uploadId: string }>('AbortUploadSuccess').implement({
  fields: (t) => ({ uploadId: t.exposeID('uploadId') }),
})

builder.mutationFields((t) => ({
  createUpload: t.withAuth({ scope: 'documents:write' }).field({
    type: CreateUploadSuccess,
    description: 'Announces a file and gives the address its bytes go to.',
    args: { input: t.arg({ type: CreateUploadInput, required: true }) },
    errors: {
      types: [InvalidInputError, UploadTooLargeError, UnsupportedTypeError, QuotaExceededError, UnavailableError],
    },
    resolve: async (_root, { input }, context) => ({
      upload: await context.usecases.createUpload(input, context.viewer, callerIn(context)),
    }),
  }),
  completeUpload: t.withAuth({ scope: 'documents:write' }).field({
    type: CompleteUploadSuccess,
    description: 'Says that all bytes were sent. They are verified, then the document is processed.',
    args: { input: t.arg({ type: CompleteUploadInput, required: true }) },
    errors: { types: [NotFoundError, UploadIncompleteError, UploadMismatchError, UnavailableError] },
    resolve: async (_root, { input }, context) => ({
      document: await context.usecases.completeUpload(uploadIdOf(input.uploadId), context.viewer, callerIn(context)),
    }),
  }),
  abortUpload: t.withAuth({ scope: 'documents:write' }).field({
    type: AbortUploadSuccess,
    description: 'Gives an upload up before it is complete; nothing of it stays.',
    args: { input: t.arg({ type: AbortUploadInput, required: true }) },
    errors: { types: [NotFoundError, UnavailableError] },
    resolve: async (_root, { input }, context) => {
      await context.usecases.abortUpload(uploadIdOf(input.uploadId), context.viewer, callerIn(context))
      return { uploadId: input.uploadId }
    },
  }),
}))
