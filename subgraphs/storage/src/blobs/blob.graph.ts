import { fromGlobalId } from '@archivolt/kit/graph/global-id'
import type { Blob } from '../../prisma/client/client.ts'
import { builder } from '../graph/builder.ts'

/** How long a download address works; ask for a fresh one rather than keep it. */
const DOWNLOAD_LIFETIME_MS = 15 * 60_000

const DownloadTicket = builder.objectRef<{ url: string; expiresAt: Date }>('DownloadTicket').implement({
  description: 'An address that gives the bytes to whoever holds it, until it expires. It answers Range requests.',
  fields: (t) => ({
    url: t.exposeString('url', { description: 'May be relative to the origin of this API.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime' }),
  }),
})

export const FileRef = builder.objectRef<Blob>('File').implement({
  description: 'The bytes of a document, as they were counted and hashed when they arrived.',
  fields: (t) => ({
    size: t.expose('size', { type: 'ByteCount' }),
    sha256: t.exposeString('sha256', { description: 'Lower-case hexadecimal.' }),
    contentType: t.exposeString('contentType'),
    unavailable: t.string({
      nullable: true,
      description: 'Why the bytes cannot be opened right now, in a sentence; null when they can.',
      resolve: (blob, _args, { loaders }) => loaders.unavailable.load(blob.id),
    }),
    download: t.field({
      type: DownloadTicket,
      resolve: async (blob, _args, { tickets, now, presignDownload }) => {
        const expiresAt = new Date(now() + DOWNLOAD_LIFETIME_MS)
        const direct = await presignDownload(blob, DOWNLOAD_LIFETIME_MS / 1000)
        const url = direct ?? `/files/downloads/${tickets.mint({ kind: 'download', id: blob.id, expiresAt })}`
        return { url, expiresAt }
      },
    }),
  }),
})

interface DocumentKey {
  id: string
  access?: string
}

const DocumentRef = builder.externalRef(
  'Document',
  builder.selection<{ id: string }>('id'),
  (reference) => reference as DocumentKey,
)

DocumentRef.implement({
  externalFields: (t) => ({ id: t.id(), access: t.string() }),
  fields: (t) => ({
    file: t.field({
      type: FileRef,
      nullable: true,
      description: 'Null while the document has no bytes yet.',
      requires: builder.selection<{ access: string }>('access'),
      authScopes: { public: true },
      resolve: (document, _args, { viewer, grants, loaders }) => {
        const documentId = fromGlobalId('Document', document.id)
        const grant = documentId && grants.check(document.access, `Document:${documentId}`, viewer?.userId)
        return grant && grant.facts.blobId ? loaders.blob.load(grant.facts.blobId) : null
      },
    }),
  }),
})

const VersionRef = builder.externalRef(
  'DocumentVersion',
  builder.selection<{ id: string }>('id'),
  (reference) => reference as DocumentKey,
)

VersionRef.implement({
  externalFields: (t) => ({ id: t.id(), access: t.string() }),
  fields: (t) => ({
    file: t.field({
      type: FileRef,
      nullable: true,
      description: 'Null while this service does not know it any more.',
      requires: builder.selection<{ access: string }>('access'),
      authScopes: { public: true },
      resolve: (version, _args, { viewer, grants, loaders }) => {
        const versionId = fromGlobalId('DocumentVersion', version.id)
        const grant = versionId && grants.check(version.access, `DocumentVersion:${versionId}`, viewer?.userId)
        return grant && grant.facts.blobId ? loaders.blob.load(grant.facts.blobId) : null
      },
    }),
  }),
})
