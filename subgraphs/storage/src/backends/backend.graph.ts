import { toGlobalId } from '@archivolt/kit/graph/global-id'
import { builder } from '../graph/builder.ts'

const DriverEnum = builder.enumType('StorageDriver', { values: ['LOCAL'] as const })

const BackendRef = builder.prismaObject('StorageBackend', {
  description: 'A configured place for bytes. Its configuration is never shown.',
  fields: (t) => ({
    id: t.id({ resolve: (backend) => toGlobalId('StorageBackend', backend.id) }),
    name: t.exposeString('name'),
    driver: t.field({ type: DriverEnum, resolve: (backend) => backend.driver }),
    current: t.exposeBoolean('current', { description: 'Whether new files go here.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
})

const StorageConfig = builder.objectRef<{ current: string }>('StorageConfig').implement({
  fields: (t) => ({
    current: t.prismaField({
      type: BackendRef,
      description: 'The place new files go to.',
      resolve: (query, _config, _args, { db }) =>
        db.storageBackend.findFirstOrThrow({ ...query, where: { current: true } }),
    }),
    backends: t.prismaField({
      type: [BackendRef],
      description: 'Every configured place; a vault has a handful.',
      resolve: (query, _config, _args, { db }) =>
        db.storageBackend.findMany({ ...query, orderBy: { createdAt: 'asc' }, take: 100 }),
    }),
  }),
})

builder.queryField('storageConfig', (t) =>
  t.withAuth({ admin: true }).field({
    type: StorageConfig,
    description: 'Where the bytes of this vault live. For administrators.',
    resolve: () => ({ current: '' }),
  }),
)
