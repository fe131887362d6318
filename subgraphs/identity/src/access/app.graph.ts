import { InvalidInputError, NotFoundError } from '@archivolt/kit/errors/domain-error'
import { fromGlobalId } from '@archivolt/kit/graph/global-id'
import type { Plugin } from '../../prisma/client/client.ts'
import { actorOf } from '../audit/actor.ts'
import { builder } from '../graph/builder.ts'
import { PluginRef } from '../plugins/plugin.graph.ts'

const grantInput = (name: string) =>
  builder.inputType(name, {
    fields: (t) => ({
      appId: t.id({ required: true, description: 'The id of a plugin.' }),
      userId: t.id({ description: 'Either a person …' }),
      groupId: t.id({ description: '… or a group.' }),
    }),
  })
const withApp = (name: string) =>
  builder.objectRef<Plugin>(name).implement({
    fields: (t) => ({ app: t.field({ type: PluginRef, resolve: (app) => app }) }),
  })

/** An id that is none finds nobody. */
const holderOf = ({ userId, groupId }: { userId?: string | null; groupId?: string | null }) => ({
  userId: userId && idOf('User', userId),
  groupId: groupId && idOf('Group', groupId),
})
function idOf(type: 'Group' | 'User', globalId: string): string {
  const id = fromGlobalId(type, globalId)
  if (!id) throw new NotFoundError(type === 'Group' ? 'The group' : 'The person')
  return id
}

builder.mutationFields((t) => ({
  grantApp: t.withAuth({ admin: true }).field({
    type: withApp('GrantAppSuccess'),
    description: 'Lets a person or a group see and call an app, whatever its manifest asks for.',
    args: { input: t.arg({ type: grantInput('GrantAppInput'), required: true }) },
    errors: { types: [InvalidInputError, NotFoundError] },
    resolve: (_root, { input }, context) =>
      context.usecases.grantApp(actorOf(context), { appId: input.appId, ...holderOf(input) }),
  }),
  revokeApp: t.withAuth({ admin: true }).field({
    type: withApp('RevokeAppSuccess'),
    description: 'Takes such a permission back; what the manifest allows stays.',
    args: { input: t.arg({ type: grantInput('RevokeAppInput'), required: true }) },
    errors: { types: [InvalidInputError, NotFoundError] },
    resolve: (_root, { input }, context) =>
      context.usecases.revokeApp(actorOf(context), { appId: input.appId, ...holderOf(input) }),
  }),
}))
