import { InvalidInputError, NotFoundError, StepUpRequiredError } from '@archivolt/kit/errors/domain-error'
import { fromGlobalId, toGlobalId } from '@archivolt/kit/graph/global-id'
import type { ApiToken } from '../../prisma/client/client.ts'
import { builder } from '../graph/builder.ts'
import { deviceOf, isOwn } from '../sessions/session.graph.ts'

const ApiTokenRef = builder.prismaObject('ApiToken', {
  description: 'A key for a program of the person’s, which may do what its scopes say and nothing else.',
  fields: (t) => ({
    id: t.id({ resolve: (token) => toGlobalId('ApiToken', token.id) }),
    name: t.exposeString('name'),
    hint: t.exposeString('hint', { description: 'Its first characters.' }),
    scopes: t.exposeStringList('scopes'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime' }),
    revokedAt: t.expose('revokedAt', { type: 'DateTime', nullable: true }),
    lastUsedAt: t.expose('lastUsedAt', { type: 'DateTime', nullable: true, description: 'To the minute.' }),
    lastUsedIp: t.exposeString('lastUsedIp', { nullable: true }),
  }),
})

builder.prismaObjectField('User', 'apiTokens', (t) =>
  t.relatedConnection('apiTokens', {
    cursor: 'id',
    nullable: true,
    description: 'Tokens of the person, newest first, without those that were revoked. Seen by the person alone.',
    authScopes: (user, _args, context) => isOwn(user.id, context),
    query: () => ({ where: { revokedAt: null }, orderBy: { id: 'desc' } }),
  }),
)

const CreateApiTokenInput = builder.inputType('CreateApiTokenInput', {
  fields: (t) => ({
    name: t.string({ required: true, description: 'By which the person recognises it.' }),
    scopes: t.stringList({
      required: true,
      description:
        '`documents:read`, `documents:write`; for administrators also `documents:admin`, `storage:admin`, `ai:admin`.',
    }),
    expiresAt: t.field({ type: 'DateTime', description: 'Within 366 days; in 90 days without it.' }),
  }),
})
const RevokeApiTokenInput = builder.inputType('RevokeApiTokenInput', {
  fields: (t) => ({ apiTokenId: t.id({ required: true }) }),
})

const CreateApiTokenSuccess = builder
  .objectRef<{ apiToken: ApiToken; token: string }>('CreateApiTokenSuccess')
  .implement({
    fields: (t) => ({
      apiToken: t.field({ type: ApiTokenRef, resolve: ({ apiToken }) => apiToken }),
      token: t.exposeString('token', {
        description: 'Sent as `authorization: Bearer …`. It is shown here alone: only its hash is kept.',
      }),
    }),
  })
const RevokeApiTokenSuccess = builder.objectRef<{ apiToken: ApiToken }>('RevokeApiTokenSuccess').implement({
  fields: (t) => ({ apiToken: t.field({ type: ApiTokenRef, resolve: ({ apiToken }) => apiToken }) }),
})

builder.mutationFields((t) => ({
  createApiToken: t.withAuth({ session: true }).field({
    type: CreateApiTokenSuccess,
    description: 'Makes a token for a program.',
    args: { input: t.arg({ type: CreateApiTokenInput, required: true }) },
    errors: { types: [InvalidInputError, StepUpRequiredError] },
    resolve: (_root, { input }, context) => context.usecases.createApiToken(input, context.viewer, deviceOf(context)),
  }),
  revokeApiToken: t.withAuth({ session: true }).field({
    type: RevokeApiTokenSuccess,
    description: 'Ends a token everywhere at once.',
    args: { input: t.arg({ type: RevokeApiTokenInput, required: true }) },
    errors: { types: [NotFoundError] },
    resolve: async (_root, { input }, context) => {
      const id = fromGlobalId('ApiToken', input.apiTokenId)
      if (!id) throw new NotFoundError('This token')
      return { apiToken: await context.usecases.revokeApiToken(id, context.viewer, deviceOf(context)) }
    },
  }),
}))
