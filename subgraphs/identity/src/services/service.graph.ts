import { toGlobalId } from '@archivolt/kit/graph/global-id'
import { mapEvents } from '@archivolt/kit/graph/iterator'
import type { Service } from '../../prisma/client/client.ts'
import { builder } from '../graph/builder.ts'
import { HEALTH_CHANNEL } from '../plugins/plugin-channels.ts'
import { PluginRef } from '../plugins/plugin.graph.ts'
import { HealthStateEnum } from './health-state.graph.ts'

const ServiceHealth = builder.objectRef<Service>('ServiceHealth').implement({
  fields: (t) => ({
    state: t.field({ type: HealthStateEnum, resolve: (service) => service.state }),
    reason: t.exposeString('reason', {
      nullable: true,
      description: 'What is wrong, in a sentence; null when all is well.',
    }),
    latencyMs: t.exposeInt('latencyMs', { nullable: true }),
    checkedAt: t.expose('checkedAt', { type: 'DateTime', nullable: true }),
  }),
})

const ServiceRef = builder.prismaObject('Service', {
  description: 'An address that is asked every 30 seconds: a part of the vault, or one that is registered as a plugin.',
  fields: (t) => ({
    id: t.id({ resolve: (service) => toGlobalId('Service', service.id) }),
    name: t.exposeString('name', { description: 'Of the built-in service, or the registered address.' }),
    builtIn: t.exposeBoolean('builtIn'),
    health: t.field({ type: ServiceHealth, resolve: (service) => service }),
    plugin: t.field({
      type: PluginRef,
      nullable: true,
      description: 'The feature found there; null as long as it never gave a valid manifest.',
      resolve: ({ pluginId }, _args, { loaders }) => (pluginId ? loaders.registeredPlugin.load(pluginId) : null),
    }),
  }),
})

builder.queryField('services', (t) =>
  t.withAuth({ serviceAdmin: 'identity' }).prismaConnection({
    type: ServiceRef,
    cursor: 'id',
    description: 'Everything that is asked for its health, also what never answered.',
    totalCount: (_root, _args, { db }) => db.service.count(),
    resolve: (query, _root, _args, { db }) => db.service.findMany({ ...query, orderBy: { id: 'asc' } }),
  }),
)

const ServiceHealthChange = builder.objectRef<{ serviceId: string | null }>('ServiceHealthChange').implement({
  fields: (t) => ({
    service: t.field({
      type: ServiceRef,
      nullable: true,
      description: 'As it is now. Null when it is gone, and when events were missed: then read `services` again.',
      // Read at each event: what was seen when the stream began is not what is true now.
      resolve: ({ serviceId }, _args, { db }) =>
        serviceId ? db.service.findUnique({ where: { id: serviceId } }) : null,
    }),
  }),
})

builder.subscriptionField('serviceHealthChanged', (t) =>
  t.withAuth({ serviceAdmin: 'identity' }).field({
    type: ServiceHealthChange,
    description: 'A service got better or worse.',
    subscribe: async (_root, _args, { pubsub }) => {
      const events = await pubsub.subscribe(HEALTH_CHANNEL)
      return mapEvents<typeof events extends AsyncIterable<infer Event> ? Event : never, { serviceId: string | null }>(
        events,
        (event) => ({ serviceId: event.kind === 'gap' ? null : event.message }),
      )
    },
    resolve: (change) => change,
  }),
)
