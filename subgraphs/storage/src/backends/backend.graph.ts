import { DomainError, InvalidInputError, NotFoundError } from '@archivolt/kit/errors/domain-error'
import type { SignedIn } from '@archivolt/kit/graph/context'
import { fromGlobalId, toGlobalId } from '@archivolt/kit/graph/global-id'
import type { StorageBackend } from '../../prisma/client/client.ts'
import { DRIVER_KINDS, type ConfiguredKind } from '../drivers/registry.ts'
import { builder } from '../graph/builder.ts'
import type { Context } from '../graph/context.ts'
import { BackendInUseError, BackendNameTakenError, BackendUnusableError } from './backend.errors.ts'
import { BackendConfigInput, configOf } from './backend-config.graph.ts'
import type { PlaceActor } from './note-place.ts'

builder.objectType(BackendInUseError, { name: 'BackendInUseError', interfaces: [DomainError] })
builder.objectType(BackendNameTakenError, { name: 'BackendNameTakenError', interfaces: [DomainError] })
builder.objectType(BackendUnusableError, {
  name: 'BackendUnusableError',
  description: 'The place does not work as configured; the message says what to change.',
  interfaces: [DomainError],
})

const DriverEnum = builder.enumType('StorageDriver', { values: DRIVER_KINDS })
const BackendStateEnum = builder.enumType('BackendState', { values: ['OK', 'DOWN', 'UNKNOWN'] as const })

const BackendHealth = builder.objectRef<StorageBackend>('BackendHealth').implement({
  fields: (t) => ({
    state: t.field({ type: BackendStateEnum, resolve: (backend) => backend.state }),
    message: t.exposeString('message', {
      nullable: true,
      description: 'What is wrong and what to do; null when all is well.',
    }),
    warning: t.exposeString('warning', {
      nullable: true,
      description: 'What needs care although the place works: little room, a clock that goes wrong.',
    }),
    clockSkewMs: t.exposeInt('skewMs', {
      nullable: true,
      description: 'How far the clock of the place is ahead of that of the vault; null when it does not say.',
    }),
    latencyMs: t.exposeInt('latencyMs', {
      nullable: true,
      description: 'Of writing, reading and deleting a small object.',
    }),
    freeBytes: t.expose('freeBytes', {
      type: 'ByteCount',
      nullable: true,
      description: 'Null when the place does not say.',
    }),
    checkedAt: t.expose('checkedAt', { type: 'DateTime', nullable: true }),
  }),
})

const BackendSetting = builder.objectRef<{ name: string; value: string }>('BackendSetting').implement({
  fields: (t) => ({ name: t.exposeString('name'), value: t.exposeString('value') }),
})

export const BackendRef = builder.prismaObject('StorageBackend', {
  description: 'A configured place for bytes. Its keys and passwords are never shown.',
  fields: (t) => ({
    id: t.id({ resolve: (backend) => toGlobalId('StorageBackend', backend.id) }),
    name: t.exposeString('name'),
    driver: t.field({ type: DriverEnum, resolve: (backend) => backend.driver as ConfiguredKind }),
    current: t.exposeBoolean('current', { description: 'Whether new files go here.' }),
    settings: t.field({
      type: [BackendSetting],
      description: 'The configuration without its secrets.',
      resolve: (backend) =>
        Object.entries(backend.config as Record<string, unknown>).map(([name, value]) => ({
          name,
          value: String(value),
        })),
    }),
    health: t.field({ type: BackendHealth, resolve: (backend) => backend }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
})

const StorageConfig = builder.objectRef<object>('StorageConfig').implement({
  fields: (t) => ({
    current: t.prismaField({
      type: BackendRef,
      description: 'The place new files go to.',
      resolve: (query, _config, _args, { db }) =>
        db.storageBackend.findFirstOrThrow({ ...query, where: { current: true } }),
    }),
    backends: t.prismaField({
      type: [BackendRef],
      description:
        "Every configured place, the oldest first; a vault has a handful, and at most a hundred. People's own accounts are theirs alone.",
      resolve: (query, _config, _args, { db }) =>
        db.storageBackend.findMany({ ...query, where: { ownerId: null }, orderBy: { createdAt: 'asc' }, take: 100 }),
    }),
  }),
})

builder.queryFields((t) => ({
  storageConfig: t.withAuth({ serviceAdmin: 'storage' }).field({
    type: StorageConfig,
    description: 'Where the bytes of this vault live. For administrators of the storage.',
    resolve: () => ({}),
  }),
  storageBackend: t.withAuth({ serviceAdmin: 'storage' }).prismaField({
    type: BackendRef,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: (query, _root, { id }, { db }) => {
      const backendId = fromGlobalId('StorageBackend', id)
      return backendId ? db.storageBackend.findUnique({ ...query, where: { id: backendId, ownerId: null } }) : null
    },
  }),
}))

/** @throws NotFoundError for an id that is none */
function backendIdOf(globalId: string): string {
  const id = fromGlobalId('StorageBackend', globalId)
  if (!id) throw new NotFoundError('The place')
  return id
}

const AddInput = builder.inputType('AddStorageBackendInput', {
  fields: (t) => ({
    name: t.string({ required: true }),
    driver: t.field({ type: DriverEnum, required: true }),
    config: t.field({ type: BackendConfigInput, required: true }),
  }),
})
const UpdateInput = builder.inputType('UpdateStorageBackendInput', {
  fields: (t) => ({
    backendId: t.id({ required: true }),
    name: t.string(),
    config: t.field({
      type: BackendConfigInput,
      description: 'Fields that are left out stay as they are, secrets too.',
    }),
  }),
})
const TestInput = builder.inputType('TestStorageBackendInput', {
  fields: (t) => ({ backendId: t.id({ required: true }) }),
})
const RemoveInput = builder.inputType('RemoveStorageBackendInput', {
  fields: (t) => ({ backendId: t.id({ required: true }) }),
})
const ConfigureInput = builder.inputType('ConfigureStorageInput', {
  fields: (t) => ({ backendId: t.id({ required: true }) }),
})

const actorOf = ({ viewer, identity }: SignedIn<Context>): PlaceActor => ({
  userId: viewer.userId,
  ip: identity.client.ip,
  requestId: identity.requestId,
})

const withBackend = (name: string) =>
  builder.objectRef<{ backend: StorageBackend }>(name).implement({
    fields: (t) => ({ backend: t.field({ type: BackendRef, resolve: (payload) => payload.backend }) }),
  })

const RemoveSuccess = builder.objectRef<{ backendId: string }>('RemoveStorageBackendSuccess').implement({
  fields: (t) => ({ backendId: t.exposeID('backendId') }),
})
const ConfigureSuccess = builder.objectRef<object>('ConfigureStorageSuccess').implement({
  fields: (t) => ({ storageConfig: t.field({ type: StorageConfig, resolve: () => ({}) }) }),
})

builder.mutationFields((t) => ({
  addStorageBackend: t.withAuth({ serviceAdmin: 'storage' }).field({
    type: withBackend('AddStorageBackendSuccess'),
    description: 'Adds a place for bytes after trying it. Nothing moves, and new files do not go there yet.',
    args: { input: t.arg({ type: AddInput, required: true }) },
    errors: { types: [InvalidInputError, BackendNameTakenError, BackendUnusableError] },
    resolve: async (_root, { input }, context) => ({
      backend: await context.usecases.addBackend(
        { name: input.name, driver: input.driver, config: configOf(input.driver, input.config) },
        actorOf(context),
      ),
    }),
  }),
  updateStorageBackend: t.withAuth({ serviceAdmin: 'storage' }).field({
    type: withBackend('UpdateStorageBackendSuccess'),
    description: 'Changes a name, an address or a secret. The new configuration must lead to the same place.',
    args: { input: t.arg({ type: UpdateInput, required: true }) },
    errors: { types: [NotFoundError, InvalidInputError, BackendNameTakenError, BackendUnusableError] },
    resolve: async (_root, { input }, context) => {
      const { usecases, db } = context
      const id = backendIdOf(input.backendId)
      const before = await db.storageBackend.findUnique({ where: { id, ownerId: null }, select: { driver: true } })
      const config = input.config && before ? configOf(before.driver as ConfiguredKind, input.config) : null
      return { backend: await usecases.updateBackend(id, { name: input.name, config }, actorOf(context)) }
    },
  }),
  testStorageBackend: t.withAuth({ serviceAdmin: 'storage' }).field({
    type: withBackend('TestStorageBackendSuccess'),
    description: 'Writes, reads and deletes a small object; `backend.health` says what came of it.',
    args: { input: t.arg({ type: TestInput, required: true }) },
    errors: { types: [NotFoundError] },
    resolve: async (_root, { input }, { usecases }) => ({
      backend: await usecases.testBackend(backendIdOf(input.backendId)),
    }),
  }),
  removeStorageBackend: t.withAuth({ serviceAdmin: 'storage' }).field({
    type: RemoveSuccess,
    description: 'Forgets a place that holds nothing of this vault.',
    args: { input: t.arg({ type: RemoveInput, required: true }) },
    errors: { types: [NotFoundError, BackendInUseError] },
    resolve: async (_root, { input }, context) => {
      await context.usecases.removeBackend(backendIdOf(input.backendId), actorOf(context))
      return { backendId: input.backendId }
    },
  }),
  configureStorage: t.withAuth({ serviceAdmin: 'storage' }).field({
    type: ConfigureSuccess,
    description: 'Chooses the place for new files. What is stored already stays where it is.',
    args: { input: t.arg({ type: ConfigureInput, required: true }) },
    errors: { types: [NotFoundError, BackendUnusableError] },
    resolve: async (_root, { input }, context) => {
      await context.usecases.configureStorage(backendIdOf(input.backendId), actorOf(context))
      return {}
    },
  }),
}))
