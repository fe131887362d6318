import {
  InvalidInputError,
  NotFoundError,
  RateLimitedError,
  UnavailableError,
} from '@archivolt/kit/errors/domain-error'
import { fromGlobalId, toGlobalId } from '@archivolt/kit/graph/global-id'
import type { ShareLink } from '../../prisma/client/client.ts'
import { InTrashError, NotAllowedError } from '../documents/document.errors.ts'
import { DocumentRef } from '../documents/document.graph.ts'
import { actorIn } from '../graph/actor.ts'
import { builder } from '../graph/builder.ts'
import type { Context } from '../graph/context.ts'
import { LinkNotFoundError, LinkPasswordError } from './share.errors.ts'
import type { OpenedLink, Opener } from './usecases/open-shared-link.ts'

const ShareLinkRef = builder.prismaObject('ShareLink', {
  description: 'An address that opens one document to whoever has it.',
  fields: (t) => ({
    id: t.id({ resolve: (link) => toGlobalId('ShareLink', link.id) }),
    hasPassword: t.boolean({ resolve: ({ passwordHash }) => passwordHash !== null }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', nullable: true }),
    maxDownloads: t.exposeInt('maxDownloads', { nullable: true }),
    downloads: t.exposeInt('downloads'),
    revokedAt: t.expose('revokedAt', { type: 'DateTime', nullable: true }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
})

builder.objectFields(DocumentRef, (t) => ({
  links: t.field({
    type: [ShareLinkRef],
    description: 'Links that are not revoked, for the owner; empty for everyone else.',
    resolve: (document, _args, { loaders, viewer }) =>
      document.ownerId === viewer?.userId ? loaders.links.load(document.id) : [],
  }),
}))

const CreateShareLinkInput = builder.inputType('CreateShareLinkInput', {
  fields: (t) => ({
    documentId: t.id({ required: true }),
    expiresAt: t.field({ type: 'DateTime' }),
    password: t.string({ description: '8 to 128 characters.' }),
    maxDownloads: t.int(),
  }),
})
const RevokeShareLinkInput = builder.inputType('RevokeShareLinkInput', {
  fields: (t) => ({ id: t.id({ required: true }) }),
})
const DownloadSharedLinkInput = builder.inputType('DownloadSharedLinkInput', {
  fields: (t) => ({ token: t.string({ required: true }), password: t.string() }),
})

const CreateShareLinkSuccess = builder
  .objectRef<{ link: ShareLink; token: string; url: string }>('CreateShareLinkSuccess')
  .implement({
    fields: (t) => ({
      link: t.field({ type: ShareLinkRef, resolve: (payload) => payload.link }),
      token: t.exposeString('token', { description: 'Shown this once and kept nowhere.' }),
      url: t.exposeString('url', { description: 'The page that opens it.' }),
    }),
  })
const RevokeShareLinkSuccess = builder.objectRef<{ link: ShareLink }>('RevokeShareLinkSuccess').implement({
  fields: (t) => ({ link: t.field({ type: ShareLinkRef, resolve: (payload) => payload.link }) }),
})

const SharedLinkRef = builder.objectRef<OpenedLink>('SharedLink').implement({
  description: 'What a link shows to whoever has it.',
  fields: (t) => ({
    title: t.string({ resolve: ({ document }) => document.title }),
    filename: t.string({ resolve: ({ document }) => document.filename }),
    contentType: t.string({ resolve: ({ document }) => document.contentType }),
    size: t.field({ type: 'ByteCount', resolve: ({ document }) => document.size }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', nullable: true }),
    downloadsLeft: t.int({
      nullable: true,
      description: 'Null without a limit.',
      resolve: ({ maxDownloads, downloads }) => (maxDownloads === null ? null : maxDownloads - downloads),
    }),
  }),
})

interface Downloaded {
  url: string
  expiresAt: Date
  link: OpenedLink
}

const DownloadSharedLinkSuccess = builder.objectRef<Downloaded>('DownloadSharedLinkSuccess').implement({
  fields: (t) => ({
    url: t.exposeString('url', { description: 'May be relative to the origin of this API. Works for a minute.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime' }),
    link: t.field({ type: SharedLinkRef, resolve: (payload) => payload.link }),
  }),
})

const openerIn = (input: { token: string; password?: string | null }, { identity }: Context): Opener => ({
  ...input,
  ip: identity.client.ip,
  requestId: identity.requestId,
})

builder.queryField('sharedLink', (t) =>
  t.withAuth({ public: true }).field({
    type: SharedLinkRef,
    description: 'What a link opens. Anyone who has it may ask; it counts as no download.',
    args: { token: t.arg.string({ required: true }), password: t.arg.string() },
    errors: { types: [LinkNotFoundError, LinkPasswordError, RateLimitedError] },
    resolve: (_root, args, context) => context.usecases.openSharedLink(openerIn(args, context)),
  }),
)

builder.mutationFields((t) => ({
  createShareLink: t.withAuth({ scope: 'documents:write' }).field({
    type: CreateShareLinkSuccess,
    args: { input: t.arg({ type: CreateShareLinkInput, required: true }) },
    errors: { types: [InvalidInputError, NotFoundError, NotAllowedError, InTrashError] },
    resolve: async (_root, { input: { documentId, ...input } }, context) => {
      const id = fromGlobalId('Document', documentId)
      const { link, token } = await context.usecases.createShareLink({ documentId: id, ...input }, actorIn(context))
      return { link, token, url: `${context.frontendUrl}/s/${token}` }
    },
  }),
  revokeShareLink: t.withAuth({ scope: 'documents:write' }).field({
    type: RevokeShareLinkSuccess,
    description: 'Ends a link at once.',
    args: { input: t.arg({ type: RevokeShareLinkInput, required: true }) },
    errors: { types: [NotFoundError] },
    resolve: async (_root, { input }, context) => ({
      link: await context.usecases.revokeShareLink(fromGlobalId('ShareLink', input.id), actorIn(context)),
    }),
  }),
  downloadSharedLink: t.withAuth({ public: true }).field({
    type: DownloadSharedLinkSuccess,
    description: 'An address for the bytes behind a link. It counts as one download.',
    args: { input: t.arg({ type: DownloadSharedLinkInput, required: true }) },
    errors: { types: [LinkNotFoundError, LinkPasswordError, RateLimitedError, UnavailableError] },
    resolve: (_root, { input }, context) => context.usecases.downloadSharedLink(openerIn(input, context)),
  }),
}))
