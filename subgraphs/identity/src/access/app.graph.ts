import { InvalidInputError, NotFoundError } from '@archivolt/kit/errors/domain-error'
import { fromGlobalId } from '@archivolt/kit/graph/global-id'
import type { Viewer } from '@archivolt/kit/identity/identity'
import type { Plugin } from '../../prisma/client/client.ts'
import { actorOf } from '../audit/actor.ts'
import { builder } from '../graph/builder.ts'
import { PluginRef } from '../plugins/plugin.graph.ts'

const AppGrant = builder.prismaObject('AppGrant', {
  description: 'A person or a group that may use an app whatever its manifest asks for.',
  fields: (t) => ({
    user: t.relation('user', { nullable: true }),
    group: t.relation('group', { nullable: true }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
})

const NO_APP = ''

builder.prismaObjectFields('Plugin', (t) => ({
  grants: t.prismaConnection({
    type: AppGrant,
    cursor: 'id',
    description: 'Who was granted it. For administrators; empty for everyone else.',
    totalCount: (plugin, _args, { db, viewer }) => db.appGrant.count({ where: { appId: shownTo(viewer, plugin.id) } }),
    resolve: (query, plugin, _args, { db, viewer }) =>
      db.appGrant.findMany({ ...query, where: { appId: shownTo(viewer, plugin.id) }, orderBy: { id: 'asc' } }),
  }),
}))

const shownTo = (viewer: Viewer | null, appId: string): string =>
  viewer?.role === 'ADMIN' && viewer.scopes === null ? appId : NO_APP

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
