import { fromGlobalId } from '@archivolt/kit/graph/global-id'
import { builder } from '../graph/builder.ts'
import { FileRef } from './blob.graph.ts'

interface PreviewKey {
  id: string
  access?: string
}

const PreviewRef = builder.externalRef(
  'Preview',
  builder.selection<{ id: string }>('id'),
  (reference) => reference as PreviewKey,
)

PreviewRef.implement({
  externalFields: (t) => ({ id: t.id(), access: t.string() }),
  fields: (t) => ({
    file: t.field({
      type: FileRef,
      nullable: true,
      description: 'Null once the picture has been replaced.',
      requires: builder.selection<{ access: string }>('access'),
      authScopes: { public: true },
      resolve: (preview, _args, { viewer, grants, loaders }) => {
        const previewId = fromGlobalId('Preview', preview.id)
        const grant = previewId && grants.check(preview.access, `Preview:${previewId}`, viewer?.userId)
        return grant && grant.facts.blobId ? loaders.blob.load(grant.facts.blobId) : null
      },
    }),
  }),
})
