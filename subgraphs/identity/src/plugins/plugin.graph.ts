import type { Plugin } from '../../prisma/client/client.ts'
import type { AccessRules } from '../access/access.ts'
import { builder } from '../graph/builder.ts'
import type { Context } from '../graph/context.ts'
import { HealthStateEnum } from '../services/health-state.graph.ts'
import type { FeatureSettings } from './ask-feature.ts'
import { seenPlugins } from './seen-plugins.ts'
import { mayAdminister } from './usecases/update-settings.ts'

interface Route {
  path: string
  label: string
  icon: string
}

const PluginRoute = builder.objectRef<Route>('PluginRoute').implement({
  description: 'A page that the feature brings to the client.',
  fields: (t) => ({ path: t.exposeString('path'), label: t.exposeString('label'), icon: t.exposeString('icon') }),
})

const PluginAccess = builder.objectRef<AccessRules>('PluginAccess').implement({
  description:
    'Who may use the feature: everyone when no group is asked for; otherwise members of any of the groups, administrators if allowed, and whoever was granted it.',
  fields: (t) => ({
    allowSuperuser: t.exposeBoolean('allowSuperuser'),
    requiredGroups: t.field({ type: ['String'], resolve: ({ requiredGroups }) => [...requiredGroups] }),
  }),
})

const reasonOf = ({ compositionError, healthMessage }: Plugin): string | null =>
  compositionError ? `Its subgraph is not part of the graph: ${compositionError}` : healthMessage

const PluginHealth = builder.objectRef<Plugin>('PluginHealth').implement({
  fields: (t) => ({
    state: t.field({
      type: HealthStateEnum,
      resolve: ({ health, compositionError }) => (compositionError && health === 'OK' ? 'DEGRADED' : health),
    }),
    reason: t.string({
      nullable: true,
      description: 'What is wrong, in a sentence; null when all is well.',
      resolve: reasonOf,
    }),
    message: t.string({ nullable: true, deprecationReason: 'Use reason.', resolve: reasonOf }),
    latencyMs: t.exposeInt('latencyMs', { nullable: true }),
    checkedAt: t.expose('checkedAt', { type: 'DateTime', nullable: true }),
  }),
})

/** What the feature answers about its settings, once per request; null for whoever may not set it up, and when it is away. */
async function settingsOf(
  plugin: Plugin,
  { viewer, identity, settingsCache, ask }: Context,
): Promise<FeatureSettings | null> {
  if (!viewer || !plugin.hasSettings || !mayAdminister(viewer, plugin.id)) return null
  const known = settingsCache.get(plugin.id)
  if (known) return known
  const answer = ask.settings(plugin, identity).catch(() => null)
  settingsCache.set(plugin.id, answer)
  return answer
}

export const PluginRef = builder.prismaObject('Plugin', {
  description: 'A feature of this vault, built in or registered by its address.',
  fields: (t) => ({
    id: t.exposeID('id'),
    name: t.exposeString('name'),
    version: t.exposeString('version'),
    description: t.exposeString('description'),
    icon: t.exposeString('icon', { description: 'Name of a Lucide icon.' }),
    builtIn: t.exposeBoolean('builtIn'),
    routes: t.field({ type: [PluginRoute], resolve: (plugin) => plugin.routes as unknown as Route[] }),
    access: t.field({ type: PluginAccess, resolve: (plugin) => plugin }),
    pendingAccess: t.field({
      type: PluginAccess,
      nullable: true,
      description: 'Wider access that it asks for; it holds once an administrator approves it.',
      resolve: ({ pendingAccess }) => pendingAccess as AccessRules | null,
    }),
    health: t.field({ type: PluginHealth, resolve: (plugin) => plugin }),
    settings: t.field({
      type: 'JSON',
      nullable: true,
      description: 'For its administrators; null for everyone else, and while it does not answer.',
      resolve: async (plugin, _args, context) => (await settingsOf(plugin, context))?.values ?? null,
    }),
    settingsSchema: t.field({
      type: 'JSON',
      nullable: true,
      description: 'JSON Schema (2020-12) of the settings, from which a form can be drawn.',
      resolve: async (plugin, _args, context) => (await settingsOf(plugin, context))?.schema ?? null,
    }),
  }),
})

builder.asEntity(PluginRef, {
  key: builder.selection<{ id: string }>('id'),
  resolveReference: ({ id }, { viewer, loaders }) => (viewer ? loaders.plugin.load(id) : null),
})

builder.queryFields((t) => ({
  plugins: t.withAuth({ signedIn: true }).prismaConnection({
    type: 'Plugin',
    cursor: 'id',
    description: 'The features that you may use.',
    totalCount: async (_root, _args, { db, viewer }) => db.plugin.count({ where: await seenPlugins(db, viewer) }),
    resolve: async (query, _root, _args, { db, viewer }) =>
      db.plugin.findMany({ ...query, where: await seenPlugins(db, viewer), orderBy: { id: 'asc' } }),
  }),
  plugin: t.withAuth({ signedIn: true }).prismaField({
    type: 'Plugin',
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: async (query, _root, { id }, { db, viewer }) =>
      db.plugin.findFirst({ ...query, where: { AND: [{ id }, await seenPlugins(db, viewer)] } }),
  }),
}))
