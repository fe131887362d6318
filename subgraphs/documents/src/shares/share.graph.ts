import {
  InvalidInputError,
  NotFoundError,
  RateLimitedError,
  UnavailableError,
} from '@archivolt/kit/errors/domain-error'
import { fromGlobalId, requireGlobalId, toGlobalId } from '@archivolt/kit/graph/global-id'
import type { Document, Share } from '../../prisma/client/client.ts'
import { InTrashError, NotAllowedError } from '../documents/document.errors.ts'
import { DocumentRef } from '../documents/document.graph.ts'
import { GroupRef } from '../documents/group.graph.ts'
import { UserRef } from '../documents/user.graph.ts'
import { actorIn, callerIn } from '../graph/actor.ts'
import { builder } from '../graph/builder.ts'

const ShareLevelEnum = builder.enumType('ShareLevel', {
  values: {
    VIEW: { description: 'See and download.' },
    EDIT: { description: 'Also change what is said of it, and its file.' },
  } as const,
})

const ShareRef = builder.prismaObject('Share', {
  description: 'A document opened to a person or a group.',
  fields: (t) => ({
    id: t.id({ resolve: (share) => toGlobalId('Share', share.id) }),
    level: t.field({ type: ShareLevelEnum, resolve: (share) => share.level }),
    user: t.field({
      type: UserRef,
      nullable: true,
      description: 'Null for a group.',
      resolve: ({ kind, subjectId }) => (kind === 'USER' ? { id: toGlobalId('User', subjectId) } : null),
    }),
    group: t.field({
      type: GroupRef,
      nullable: true,
      description: 'Null for a person.',
      resolve: ({ kind, subjectId }) => (kind === 'GROUP' ? { id: toGlobalId('Group', subjectId) } : null),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
})

builder.objectFields(DocumentRef, (t) => ({
  shares: t.field({
    type: [ShareRef],
    description: 'With whom it is shared. The owner sees all; others see the shares that they have it by.',
    resolve: async (document, _args, { loaders, viewer, access }) => {
      const shares = await loaders.shares.load(document.id)
      if (document.ownerId === viewer?.userId) return shares
      return shares.filter(({ principal }) => access?.principals.includes(principal))
    },
  }),
}))

const ShareDocumentInput = builder.inputType('ShareDocumentInput', {
  description: 'One of email, userId and groupId.',
  fields: (t) => ({
    documentId: t.id({ required: true }),
    email: t.string(),
    userId: t.id(),
    groupId: t.id(),
    level: t.field({ type: ShareLevelEnum, required: true }),
  }),
})
const UnshareDocumentInput = builder.inputType('UnshareDocumentInput', {
  fields: (t) => ({ shareId: t.id({ required: true }) }),
})
const ShareDocumentSuccess = builder
  .objectRef<{ share: Share; document: Document | null }>('ShareDocumentSuccess')
  .implement({
    fields: (t) => ({
      share: t.field({ type: ShareRef, resolve: (payload) => payload.share }),
      document: t.field({ type: DocumentRef, nullable: true, resolve: (payload) => payload.document }),
    }),
  })
const UnshareDocumentSuccess = builder.objectRef<{ shareId: string }>('UnshareDocumentSuccess').implement({
  fields: (t) => ({ shareId: t.exposeID('shareId') }),
})

builder.mutationFields((t) => ({
  shareDocument: t.withAuth({ scope: 'documents:write' }).field({
    type: ShareDocumentSuccess,
    description: 'Opens a document to a person or a group; again with another level changes the level.',
    args: { input: t.arg({ type: ShareDocumentInput, required: true }) },
    errors: {
      types: [InvalidInputError, NotFoundError, NotAllowedError, InTrashError, RateLimitedError, UnavailableError],
    },
    resolve: async (_root, { input }, context) => {
      const { documentId, userId, groupId, email, level } = input
      const share = await context.usecases.shareDocument(
        {
          documentId: fromGlobalId('Document', documentId),
          email,
          userId: userId && requireGlobalId('User', 'userId', userId),
          groupId: groupId && requireGlobalId('Group', 'groupId', groupId),
          level,
        },
        actorIn(context),
        callerIn(context),
      )
      return { share, document: await context.loaders.document.load(share.documentId) }
    },
  }),
  unshareDocument: t.withAuth({ scope: 'documents:write' }).field({
    type: UnshareDocumentSuccess,
    description: 'Ends a share at once. The owner may end any; a person may give back what was shared with them.',
    args: { input: t.arg({ type: UnshareDocumentInput, required: true }) },
    errors: { types: [NotFoundError, NotAllowedError] },
    resolve: async (_root, { input }, context) => {
      await context.usecases.unshareDocument(fromGlobalId('Share', input.shareId), actorIn(context))
      return { shareId: input.shareId }
    },
  }),
}))
