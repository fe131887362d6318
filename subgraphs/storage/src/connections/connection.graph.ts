import {
  DomainError,
  InvalidInputError,
  NotFoundError,
  RateLimitedError,
  StepUpRequiredError,
  UnavailableError,
} from '@archivolt/kit/errors/domain-error'
import { decodeCursor, encodeCursor, pageSize, toPage, type Page } from '@archivolt/kit/graph/connection'
import type { SubgraphContext, SignedIn } from '@archivolt/kit/graph/context'
import { fromGlobalId, toGlobalId } from '@archivolt/kit/graph/global-id'
import type { CloudConnection, StorageBackend } from '../../prisma/client/client.ts'
import { NextcloudInput, WebdavInput, given } from '../backends/backend-config.graph.ts'
import { builder } from '../graph/builder.ts'
import {
  AuthorizationEndedError,
  CloudConnectionInUseError,
  CloudNotConfiguredError,
  CloudUnusableError,
  TooManyConnectionsError,
} from './connection.errors.ts'
import { PROVIDER_NAMES, PROVIDERS, type Actor, type Provider } from './connection.ts'

builder.objectType(CloudNotConfiguredError, {
  name: 'CloudNotConfiguredError',
  description: 'The operator of the vault has not registered it with the provider; the message says what to set.',
  interfaces: [DomainError],
})
builder.objectType(CloudUnusableError, {
  name: 'CloudUnusableError',
  description: 'The account does not work as it is; the message says what to do.',
  interfaces: [DomainError],
})
builder.objectType(AuthorizationEndedError, { name: 'AuthorizationEndedError', interfaces: [DomainError] })
builder.objectType(TooManyConnectionsError, { name: 'TooManyConnectionsError', interfaces: [DomainError] })
builder.objectType(CloudConnectionInUseError, {
  name: 'CloudConnectionInUseError',
  interfaces: [DomainError],
  fields: (t) => ({ documents: t.exposeInt('documents', { description: 'How many live there.' }) }),
})

const ProviderEnum = builder.enumType('CloudProvider', { values: PROVIDERS })
const StateEnum = builder.enumType('CloudConnectionState', {
  values: {
    CONNECTING: { description: 'Its owner has yet to allow it at the provider.' },
    OK: {},
    BROKEN: {
      description:
        'The account does not let the vault in any more. Its documents stay listed; connecting it again opens them.',
    },
  } as const,
})

type WithPlace = CloudConnection & { backend: StorageBackend | null }

const ConnectionRef = builder.objectRef<WithPlace>('CloudConnection').implement({
  description: "A person's own account at a cloud, for their own documents. Shown to that person alone.",
  fields: (t) => ({
    id: t.id({ resolve: ({ id }) => toGlobalId('CloudConnection', id) }),
    provider: t.field({ type: ProviderEnum, resolve: ({ provider }) => provider }),
    name: t.exposeString('name'),
    account: t.exposeString('accountLabel', {
      nullable: true,
      description: 'Whose account it is, as its owner knows it.',
    }),
    state: t.field({ type: StateEnum, resolve: ({ state }) => state }),
    message: t.string({
      nullable: true,
      description: 'What is wrong and what to do; null when all is well.',
      resolve: ({ message, backend }) => message ?? backend?.message ?? backend?.warning ?? null,
    }),
    freeBytes: t.field({
      type: 'ByteCount',
      nullable: true,
      description: 'Room that is left in the account; null when it does not say.',
      resolve: ({ backend }) => backend?.freeBytes ?? null,
    }),
    usedForNewDocuments: t.exposeBoolean('chosen'),
    documents: t.int({
      description: 'How many documents live there.',
      resolve: ({ backend }, _args, { loaders }) => (backend ? loaders.documentsAt.load(backend.id) : 0),
    }),
    lastUsedAt: t.expose('lastUsedAt', { type: 'DateTime', nullable: true }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
})

builder.asEntity(ConnectionRef, {
  key: builder.selection<{ id: string }>('id'),
  resolveReference: async ({ id }, { viewer, db }) => {
    const connectionId = fromGlobalId('CloudConnection', id)
    // A token of the person has no use for these either.
    if (!connectionId || !viewer || viewer.scopes !== null) return null
    return db.cloudConnection.findFirst({
      where: { id: connectionId, ownerId: viewer.userId },
      include: { backend: true },
    })
  },
})

const ConnectionEdge = builder.objectRef<Page<WithPlace>['edges'][number]>('CloudConnectionEdge').implement({
  fields: (t) => ({
    cursor: t.exposeString('cursor'),
    node: t.field({ type: ConnectionRef, resolve: ({ node }) => node }),
  }),
})
const ConnectionPage = builder.objectRef<Page<WithPlace>>('CloudConnectionConnection').implement({
  fields: (t) => ({
    edges: t.field({ type: [ConnectionEdge], resolve: ({ edges }) => edges }),
    pageInfo: t.field({ type: builder.pageInfoRef(), resolve: ({ pageInfo }) => pageInfo }),
  }),
})

const ProviderInfo = builder.objectRef<Provider>('CloudProviderInfo').implement({
  fields: (t) => ({
    provider: t.field({ type: ProviderEnum, resolve: (provider) => provider }),
    name: t.string({ resolve: (provider) => PROVIDER_NAMES[provider] }),
    available: t.boolean({
      description: 'Whether the operator of the vault has registered it there, where that is needed.',
      resolve: (provider, _args, { usecases }) => usecases.isProviderReady(provider),
    }),
  }),
})

builder.queryFields((t) => ({
  cloudConnections: t.withAuth({ session: true }).field({
    type: ConnectionPage,
    description: 'Your own accounts at clouds, the newest first.',
    args: { first: t.arg.int({ description: '1 to 100; 20 without it.' }), after: t.arg.string() },
    resolve: async (_root, { first, after }, { db, viewer }) => {
      const size = pageSize(first)
      const [before] = after ? decodeCursor(after, ['string']) : []
      const rows = await db.cloudConnection.findMany({
        where: { ownerId: viewer.userId, ...(before && { id: { lt: String(before) } }) },
        orderBy: { id: 'desc' },
        take: size + 1,
        include: { backend: true },
      })
      return toPage(rows, size, (row) => encodeCursor([row.id]), after)
    },
  }),
  cloudProviders: t.withAuth({ signedIn: true }).field({
    type: [ProviderInfo],
    description: 'What `connectCloud` can connect here.',
    resolve: () => [...PROVIDERS],
  }),
}))

const ConnectInput = builder.inputType('ConnectCloudInput', {
  fields: (t) => ({
    provider: t.field({ type: ProviderEnum, required: true }),
    name: t.string({ description: 'What you call it; the name of the provider without it.' }),
    connectionId: t.id({ description: 'A connection of yours that is to be connected again.' }),
    useForNewDocuments: t.boolean({ description: 'Whether your new documents are to go there.' }),
    nextcloud: t.field({
      type: NextcloudInput,
      description:
        'For NEXTCLOUD. Without `username` and `appPassword` you allow it at a page of the Nextcloud itself.',
    }),
    webdav: t.field({ type: WebdavInput, description: 'For WEBDAV.' }),
  }),
})
const CompleteInput = builder.inputType('CompleteCloudConnectionInput', {
  fields: (t) => ({
    connectionId: t.id({ required: true }),
    word: t.string({ description: 'The one in the address that the provider sent you back to; none for NEXTCLOUD.' }),
  }),
})
const DisconnectInput = builder.inputType('DisconnectCloudInput', {
  fields: (t) => ({ connectionId: t.id({ required: true }) }),
})
const ChooseInput = builder.inputType('ChooseUploadPlaceInput', {
  fields: (t) => ({ connectionId: t.id({ description: "Left out or null: the vault's own place." }) }),
})

interface Connected {
  connection: CloudConnection
  authorizeUrl?: string | null
}

const ConnectSuccess = builder.objectRef<Connected>('ConnectCloudSuccess').implement({
  fields: (t) => ({
    connection: t.field({ type: ConnectionRef, resolve: ({ connection }, _args, { db }) => withPlace(db, connection) }),
    authorizeUrl: t.string({
      nullable: true,
      description:
        'The page to open, where the account is yet to let the vault in. GOOGLE_DRIVE and ONEDRIVE send you back to /account/connections?result=allowed&connection=…&word=…, for `completeCloudConnection`; for NEXTCLOUD ask that every few seconds.',
      resolve: ({ authorizeUrl }) => authorizeUrl ?? null,
    }),
  }),
})
const CompleteSuccess = builder.objectRef<Connected>('CompleteCloudConnectionSuccess').implement({
  fields: (t) => ({
    connection: t.field({
      type: ConnectionRef,
      description: 'CONNECTING while a Nextcloud still waits for your word.',
      resolve: ({ connection }, _args, { db }) => withPlace(db, connection),
    }),
  }),
})
const DisconnectSuccess = builder.objectRef<{ connectionId: string }>('DisconnectCloudSuccess').implement({
  fields: (t) => ({ connectionId: t.exposeID('connectionId') }),
})
const ChooseSuccess = builder.objectRef<{ connection: CloudConnection | null }>('ChooseUploadPlaceSuccess').implement({
  fields: (t) => ({
    connection: t.field({
      type: ConnectionRef,
      nullable: true,
      description: "Null: the vault's own place.",
      resolve: ({ connection }, _args, { db }) => connection && withPlace(db, connection),
    }),
  }),
})

const withPlace = (
  db: { cloudConnection: { findUniqueOrThrow(args: object): Promise<unknown> } },
  { id }: CloudConnection,
) => db.cloudConnection.findUniqueOrThrow({ where: { id }, include: { backend: true } }) as Promise<WithPlace>

builder.mutationFields((t) => ({
  connectCloud: t.withAuth({ session: true }).field({
    type: ConnectSuccess,
    description: 'Connects an account of yours, or one of yours anew. Nothing that is stored moves.',
    args: { input: t.arg({ type: ConnectInput, required: true }) },
    errors: {
      types: [
        InvalidInputError,
        NotFoundError,
        RateLimitedError,
        StepUpRequiredError,
        UnavailableError,
        CloudNotConfiguredError,
        CloudUnusableError,
        TooManyConnectionsError,
      ],
    },
    resolve: async (_root, { input }, context) => {
      await context.usecases.requireFresh(context.identity)
      return context.usecases.beginConnection(
        {
          provider: input.provider,
          name: input.name,
          connectionId: input.connectionId ? connectionIdOf(input.connectionId) : null,
          useForNewDocuments: input.useForNewDocuments,
          config: configOf(input.provider, input),
        },
        actorOf(context),
      )
    },
  }),
  completeCloudConnection: t.withAuth({ session: true }).field({
    type: CompleteSuccess,
    description: 'Connects an account that its owner has allowed at the provider, in the session that began it.',
    args: { input: t.arg({ type: CompleteInput, required: true }) },
    errors: { types: [NotFoundError, RateLimitedError, AuthorizationEndedError, CloudUnusableError] },
    resolve: async (_root, { input }, context) => ({
      connection: await context.usecases.completeConnection(
        connectionIdOf(input.connectionId),
        input.word ?? null,
        actorOf(context),
      ),
    }),
  }),
  disconnectCloud: t.withAuth({ session: true }).field({
    type: DisconnectSuccess,
    description: 'Forgets an account in which no document lives, and gives its access back.',
    args: { input: t.arg({ type: DisconnectInput, required: true }) },
    errors: { types: [NotFoundError, CloudConnectionInUseError] },
    resolve: async (_root, { input }, context) => {
      await context.usecases.disconnectCloud(connectionIdOf(input.connectionId), actorOf(context))
      return { connectionId: input.connectionId }
    },
  }),
  chooseUploadPlace: t.withAuth({ session: true }).field({
    type: ChooseSuccess,
    description: 'Chooses where your new documents go. What is stored stays where it is.',
    args: { input: t.arg({ type: ChooseInput, required: true }) },
    errors: { types: [NotFoundError, CloudUnusableError] },
    resolve: async (_root, { input }, context) => ({
      connection: await context.usecases.chooseUploadPlace(
        input.connectionId ? connectionIdOf(input.connectionId) : null,
        actorOf(context),
      ),
    }),
  }),
}))

/** @throws NotFoundError for an id that is none */
function connectionIdOf(globalId: string): string {
  const id = fromGlobalId('CloudConnection', globalId)
  if (!id) throw new NotFoundError('The connection')
  return id
}

function configOf(provider: Provider, input: { nextcloud?: object | null; webdav?: object | null }) {
  if (provider === 'NEXTCLOUD') return given('nextcloud', input.nextcloud)
  return provider === 'WEBDAV' ? given('webdav', input.webdav) : {}
}

function actorOf({ viewer, identity }: SignedIn<SubgraphContext>): Actor {
  const { ip } = identity.client
  return { userId: viewer.userId, sessionId: viewer.sessionId, ip, requestId: identity.requestId }
}
