import { builder } from '../graph/builder.ts'

interface Route {
  path: string
  label: string
  icon: string
}

const HealthStateEnum = builder.enumType('HealthState', { values: ['OK', 'DEGRADED', 'DOWN', 'UNKNOWN'] as const })

const PluginRoute = builder.objectRef<Route>('PluginRoute').implement({
  description: 'A page that the feature brings to the client.',
  fields: (t) => ({ path: t.exposeString('path'), label: t.exposeString('label'), icon: t.exposeString('icon') }),
})

const PluginAccess = builder
  .objectRef<{ allowSuperuser: boolean; requiredGroups: string[] }>('PluginAccess')
  .implement({
    description: 'Who may use the feature: administrators if allowed, and members of any of the groups.',
    fields: (t) => ({
      allowSuperuser: t.exposeBoolean('allowSuperuser'),
      requiredGroups: t.exposeStringList('requiredGroups'),
    }),
  })

interface Health {
  health: 'OK' | 'DEGRADED' | 'DOWN' | 'UNKNOWN'
  healthMessage: string | null
  latencyMs: number | null
  checkedAt: Date | null
}

const PluginHealth = builder.objectRef<Health>('PluginHealth').implement({
  fields: (t) => ({
    state: t.field({ type: HealthStateEnum, resolve: (plugin) => plugin.health }),
    message: t.exposeString('healthMessage', {
      nullable: true,
      description: 'What is wrong, in a sentence; null when all is well.',
    }),
    latencyMs: t.exposeInt('latencyMs', { nullable: true }),
    checkedAt: t.expose('checkedAt', { type: 'DateTime', nullable: true }),
  }),
})

const PluginRef = builder.prismaObject('Plugin', {
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
    health: t.field({ type: PluginHealth, resolve: (plugin) => plugin }),
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
    totalCount: (_root, _args, { db }) => db.plugin.count(),
    resolve: (query, _root, _args, { db }) => db.plugin.findMany({ ...query, orderBy: { id: 'asc' } }),
  }),
  plugin: t.withAuth({ signedIn: true }).prismaField({
    type: 'Plugin',
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: (query, _root, { id }, { db }) => db.plugin.findUnique({ ...query, where: { id } }),
  }),
}))
