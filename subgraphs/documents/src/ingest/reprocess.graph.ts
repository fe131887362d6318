import { InvalidInputError, NotFoundError } from '@archivolt/kit/errors/domain-error'
import { forbidden } from '@archivolt/kit/errors/to-graphql'
import { fromGlobalId, toGlobalId } from '@archivolt/kit/graph/global-id'
import type { Viewer } from '@archivolt/kit/identity/identity'
import { builder } from '../graph/builder.ts'
import type { Context } from '../graph/context.ts'
import type { Reprocessing } from './usecases/reprocess-documents.ts'

const ReprocessStateEnum = builder.enumType('ReprocessState', {
  values: {
    RUNNING: { description: 'Documents are still being set going.' },
    DONE: { description: 'All were set going; `finished` says how many are through.' },
  } as const,
})

const ReprocessingRef = builder.objectRef<Reprocessing>('Reprocessing').implement({
  description: 'Documents that are read again.',
  fields: (t) => ({
    id: t.id({ resolve: (row) => toGlobalId('Reprocessing', row.id) }),
    state: t.field({ type: ReprocessStateEnum, resolve: (row) => row.state }),
    everything: t.exposeBoolean('everything'),
    total: t.exposeInt('total'),
    begun: t.exposeInt('begun'),
    finished: t.exposeInt('finished', { description: 'Those that are READY or FAILED again.' }),
    failed: t.exposeInt('failed'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    finishedAt: t.expose('finishedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the last one was set going.',
    }),
  }),
})

const ReprocessDocumentsInput = builder.inputType('ReprocessDocumentsInput', {
  fields: (t) => ({
    ids: t.idList({ description: 'Documents that you may change, at most 1,000.' }),
    everything: t.boolean({
      description: 'Every document of the vault: for administrators and members of documents-admin.',
    }),
  }),
})

const ReprocessDocumentsSuccess = builder
  .objectRef<{ reprocessing: Reprocessing }>('ReprocessDocumentsSuccess')
  .implement({
    fields: (t) => ({ reprocessing: t.field({ type: ReprocessingRef, resolve: (payload) => payload.reprocessing }) }),
  })

/** An administrator, or a member of documents-admin. */
function isDocumentsAdmin(viewer: Viewer): boolean {
  if (viewer.scopes && !viewer.scopes.includes('documents:admin')) return false
  return viewer.role === 'ADMIN' || viewer.groups.includes('documents-admin')
}

/** @throws NotFoundError unless each of these is a document that this person may change */
async function changeable(ids: readonly string[], { usecases, viewer }: Context): Promise<string[]> {
  const documentIds = ids.map((id) => fromGlobalId('Document', id)).filter((id) => id !== null)
  const allowed = viewer ? await usecases.editableDocuments(viewer, documentIds) : []
  if (documentIds.length < ids.length || allowed.length < new Set(documentIds).size)
    throw new NotFoundError('One of the documents')
  return allowed
}

builder.mutationFields((t) => ({
  reprocessDocuments: t.withAuth({ scope: 'documents:write' }).field({
    type: ReprocessDocumentsSuccess,
    description: 'Reads documents again from their bytes. It goes on by itself; `reprocessing` tells how far it is.',
    args: { input: t.arg({ type: ReprocessDocumentsInput, required: true }) },
    errors: { types: [InvalidInputError, NotFoundError] },
    resolve: async (_root, { input }, context) => {
      const everything = input.everything ?? false
      if (everything && !isDocumentsAdmin(context.viewer)) throw forbidden()
      if (everything === Boolean(input.ids))
        throw new InvalidInputError('ids', 'Name the documents, or say that you mean everything.')
      const ids = everything ? null : await changeable(input.ids ?? [], context)
      const { userId } = context.viewer
      const { client, requestId } = context.identity
      const row = await context.usecases.reprocessDocuments(ids, { userId, ip: client.ip, requestId })
      return { reprocessing: { ...row, finished: 0, failed: 0 } }
    },
  }),
}))

builder.queryFields((t) => ({
  reprocessing: t.withAuth({ scope: 'documents:read' }).field({
    type: ReprocessingRef,
    nullable: true,
    description: 'Null when it does not exist, or is not yours.',
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, { usecases, viewer }) => {
      const asker = { userId: viewer.userId, seesAll: isDocumentsAdmin(viewer) }
      try {
        return await usecases.findReprocessing(fromGlobalId('Reprocessing', id), asker)
      } catch (error) {
        if (error instanceof NotFoundError) return null
        throw error
      }
    },
  }),
}))
