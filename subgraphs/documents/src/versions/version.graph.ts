import { InvalidInputError, NotFoundError, UnavailableError } from '@archivolt/kit/errors/domain-error'
import { fromGlobalId, toGlobalId } from '@archivolt/kit/graph/global-id'
import type { Document } from '../../prisma/client/client.ts'
import { InTrashError, NotAllowedError } from '../documents/document.errors.ts'
import { DocumentRef } from '../documents/document.graph.ts'
import { UserRef } from '../documents/user.graph.ts'
import { actorIn, callerIn } from '../graph/actor.ts'
import { builder } from '../graph/builder.ts'
import { QuotaExceededError, UnsupportedTypeError, UploadTooLargeError } from '../uploads/upload.errors.ts'
import { UploadRef } from '../uploads/upload.graph.ts'
import type { Replacement } from './usecases/replace-file.ts'

export const VersionRef = builder.prismaObject('DocumentVersion', {
  description: 'A file that a document has or had. What is said of the document is said of all of them.',
  fields: (t) => ({
    id: t.id({ resolve: (version) => toGlobalId('DocumentVersion', version.id) }),
    number: t.int({ description: 'From 1 in order of arrival.', resolve: (version) => version.number ?? 0 }),
    filename: t.exposeString('filename'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    createdBy: t.field({ type: UserRef, resolve: ({ createdBy }) => ({ id: toGlobalId('User', createdBy) }) }),
    current: t.boolean({
      description: 'Whether it is the file of the document now.',
      resolve: async (version, _args, { loaders }) =>
        (await loaders.document.load(version.documentId))?.blobId === version.blobId,
    }),
    access: t.string({
      inaccessible: true,
      description: 'What tells the other services that this person may see this version.',
      resolve: async (version, _args, { grants, viewer, loaders }) => {
        const document = await loaders.document.load(version.documentId)
        const level = document && (await loaders.level.load(document))
        if (!viewer || !level || !version.blobId) return ''
        const subject = `DocumentVersion:${version.id}`
        return grants.mint({ subject, userId: viewer.userId, level, facts: { blobId: version.blobId } })
      },
    }),
  }),
})

builder.asEntity(VersionRef, {
  key: builder.selection<{ id: string }>('id'),
  resolveReference: async ({ id }, { loaders }) => {
    const versionId = fromGlobalId('DocumentVersion', id)
    const version = versionId ? await loaders.version.load(versionId) : null
    // A version is seen by whoever sees its document, and by nobody else.
    return version && (await loaders.document.load(version.documentId)) ? version : null
  },
})

builder.objectFields(DocumentRef, (t) => ({
  versions: t.field({
    type: [VersionRef],
    description: 'Every file it ever had, newest first; each stays downloadable.',
    resolve: ({ id }, _args, { loaders }) => loaders.versions.load(id),
  }),
}))

const ReplaceFileInput = builder.inputType('ReplaceFileInput', {
  fields: (t) => ({
    id: t.id({ required: true, description: 'The document.' }),
    filename: t.string({ required: true, description: 'A name alone, without a folder.' }),
    contentType: t.string({ required: true }),
    size: t.field({ type: 'ByteCount', required: true }),
    sha256: t.string({ description: 'Checked on arrival when given.' }),
  }),
})
const ReplaceFileSuccess = builder.objectRef<{ upload: Replacement }>('ReplaceFileSuccess').implement({
  fields: (t) => ({ upload: t.field({ type: UploadRef, resolve: (payload) => payload.upload }) }),
})
const RestoreVersionInput = builder.inputType('RestoreVersionInput', {
  fields: (t) => ({ versionId: t.id({ required: true }) }),
})
const RestoreVersionSuccess = builder.objectRef<{ document: Document }>('RestoreVersionSuccess').implement({
  fields: (t) => ({ document: t.field({ type: DocumentRef, resolve: (payload) => payload.document }) }),
})

builder.mutationFields((t) => ({
  replaceFile: t.withAuth({ scope: 'documents:write' }).field({
    type: ReplaceFileSuccess,
    description:
      'Announces a newer file for a document, as createUpload does for a first one. completeUpload makes it the current one; the older stay.',
    args: { input: t.arg({ type: ReplaceFileInput, required: true }) },
    errors: {
      types: [
        InvalidInputError,
        NotFoundError,
        NotAllowedError,
        InTrashError,
        UploadTooLargeError,
        UnsupportedTypeError,
        QuotaExceededError,
        UnavailableError,
      ],
    },
    resolve: async (_root, { input: { id, ...file } }, context) => ({
      upload: await context.usecases.replaceFile(
        fromGlobalId('Document', id),
        file,
        actorIn(context),
        callerIn(context),
      ),
    }),
  }),
  restoreVersion: t.withAuth({ scope: 'documents:write' }).field({
    type: RestoreVersionSuccess,
    description: 'Makes an older file the current one again. Nothing is lost: the newer ones stay.',
    args: { input: t.arg({ type: RestoreVersionInput, required: true }) },
    errors: { types: [NotFoundError, NotAllowedError, InTrashError] },
    resolve: async (_root, { input }, context) => ({
      document: await context.usecases.restoreVersion(
        fromGlobalId('DocumentVersion', input.versionId),
        actorIn(context),
      ),
    }),
  }),
}))
