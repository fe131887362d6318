import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { ApolloServer } from '@apollo/server'
import type { FastifyInstance } from 'fastify'
import { directoryFrom } from '@archivolt/kit/env/common'
import { isFrom } from '@archivolt/kit/identity/fingerprint'
import { deriveKey, serviceKeys } from '@archivolt/kit/identity/keys'
import { createSigner } from '@archivolt/kit/identity/sign'
import { createLogger, type Logger } from '@archivolt/kit/log/logger'
import type { HealthCheck } from '@archivolt/kit/server/health'
import { createServiceClient } from '@archivolt/kit/server/service-client'
import { SERVICES, type ServiceDirectory, type ServiceName } from '@archivolt/kit/server/service-directory'
import { SubgraphUnreachable, type SubgraphLink } from '@archivolt/kit/server/subgraph-link'
import { connectSharedState } from '@archivolt/kit/shared-state/connect'
import type { GatewayContext } from './context.ts'
import { createDataSource } from './data-source.ts'
import type { GatewayEnv } from './env.ts'
import { createMask } from './errors/mask-error.ts'
import { addErrorAnswers } from './http/answer-error.ts'
import { addCloudCallback } from './http/cloud-callback.ts'
import { addCors } from './http/cors.ts'
import { createHttp } from './http/create-http.ts'
import { createFileProxy } from './http/file-proxy.ts'
import { addFiles, type ByteHandler } from './http/files.ts'
import { addGraphql } from './http/graphql.ts'
import { addHealth, aliveAt, healthOver } from './http/health.ts'
import { addKeys, addServiceKey, jwksOver } from './http/keys.ts'
import { createOrigins } from './http/origins.ts'
import { addRequestHooks } from './http/requests.ts'
import { addSecurityHeaders } from './http/security-headers.ts'
import { addWebClient } from './http/web-client.ts'
import { createFindToken, type LookUpToken } from './identity/api-tokens.ts'
import { createAuthenticator } from './identity/authenticate.ts'
import { createKeySet, type FetchJwks } from './identity/key-set.ts'
import { createMint } from './identity/mint.ts'
import { createPeople, type LookUpPerson } from './identity/people.ts'
import { createHttpLink } from './links/http-link.ts'
import { personLookUp } from './links/person-look-up.ts'
import { createTokenLookUp } from './links/token-look-up.ts'
import { composeAside } from './plugin-graph/compose-aside.ts'
import type { NamedSdl } from './plugin-graph/compose.ts'
import { createPluginGraph } from './plugin-graph/plugin-graph.ts'
import { pluginSource, type PluginSource } from './plugin-graph/plugin-source.ts'
import { readSubgraphs } from './plugin-graph/read-subgraphs.ts'
import { createPlugins } from './plugins/index.ts'
import { awaitParts } from './readiness.ts'
import type { SharedState } from './shared-state.ts'
import { subscriptionLayer } from './subscriptions/bridge.ts'
import { acceptSockets } from './subscriptions/ws-server.ts'
import { createSupergraph, type ExecutorLayer } from './supergraph.ts'

export interface GatewayOverrides {
  /** Ways to subgraphs in the same process, by name. Without it each service is called at its URL. */
  links?: Record<string, SubgraphLink>
  /** Answers `/files/*` when storage is in the same process. */
  byteHandler?: ByteHandler
  /** Identity's public keys, when it is in the same process. */
  jwks?: FetchJwks
  /** Asks identity about API tokens, when it is in the same process. */
  lookUpToken?: LookUpToken
  /** Asks identity what a person may do. */
  lookUpPerson?: LookUpPerson
  /** Where the services answer over HTTP, when not where the environment says. */
  directory?: ServiceDirectory
  /** How parts in the same process do. */
  healthOf?: Record<string, HealthCheck>
  /** Not closed with the gateway: it belongs to whoever passes it. */
  sharedState?: SharedState
  supergraphSdl?: string
  /** The subgraphs that it is composed of. */
  subgraphs?: readonly NamedSdl[]
  pluginSource?: PluginSource
  log?: Logger
  now?: () => number
}

export interface GatewayApp {
  fastify: FastifyInstance
  /** @returns where it listens, without a trailing slash */
  listen(): Promise<{ url: string }>
  /** Resolves once every subgraph has answered. */
  ready(): Promise<void>
  /** Not ready from now on; ends sockets, then lets running answers finish. */
  close(): Promise<void>
}

const DRAIN_WITHIN_MS = 10_000
/** What a feature may take to answer, and how much. */
const FEATURE_LIMITS = { answerWithinMs: 10_000, maxAnswerBytes: 8 * 1024 * 1024 }

/** Wires the gateway. @throws when the supergraph cannot be read, or the shared state cannot be reached */
export async function buildApp(env: GatewayEnv, overrides: GatewayOverrides = {}): Promise<GatewayApp> {
  const log = overrides.log ?? createLogger('gateway', { level: env.LOG_LEVEL, pretty: env.NODE_ENV === 'development' })
  const now = overrides.now ?? Date.now
  const production = env.NODE_ENV === 'production'
  const urls: Record<ServiceName, string> = {
    identity: env.IDENTITY_URL,
    documents: env.DOCUMENTS_URL,
    storage: env.STORAGE_URL,
    ai: env.AI_URL,
  }

  const shared: SharedState =
    overrides.sharedState ??
    (await connectSharedState({ databaseUrl: env.SHARED_DATABASE_URL, redisUrl: env.REDIS_URL, log }))
  const links = overrides.links ?? Object.fromEntries(SERVICES.map((name) => [name, createHttpLink(name, urls[name])]))
  const linkFor = (name: string): SubgraphLink => {
    const link = links[name] ?? pluginGraph.linkFor(name)
    if (!link) throw new SubgraphUnreachable(name)
    return link
  }

  const fetchJwks = overrides.jwks ?? jwksOver(urls.identity)
  const houseKeys = serviceKeys(env.SECRET_KEY)
  const sign = createSigner('gateway', houseKeys, now)
  const fingerprintKey = deriveKey(env.SECRET_KEY, 'fingerprint')
  const services = createServiceClient(overrides.directory ?? directoryFrom(env), sign)
  const people = createPeople(overrides.lookUpPerson ?? personLookUp(services), now)
  const authenticator = createAuthenticator({
    keys: createKeySet(fetchJwks),
    revoked: shared.replay,
    isFrom: (fingerprint, client) => isFrom(fingerprintKey, fingerprint, client),
    findToken: createFindToken(overrides.lookUpToken ?? createTokenLookUp(services), now),
    people,
    now,
  })
  const mint = createMint(sign)
  const mask = createMask({ log, hideSchema: production })
  const plugins = createPlugins({ rateLimits: shared.rateLimits, mask, production })

  // Each layer answers what it is for; a compiled executor for queries and mutations takes its place after this one.
  const layers: ExecutorLayer[] = [subscriptionLayer({ linkFor, mint })]
  const supergraph = createSupergraph({
    sdl: overrides.supergraphSdl ?? (await readFile(env.SUPERGRAPH_PATH, 'utf8')),
    // Looked up at each call: the way to a feature may change while the graph runs.
    sourceFor: (name) => createDataSource({ name, execute: (call) => linkFor(name).execute(call) }, mint),
    layers,
    log,
  })
  const pluginGraph = createPluginGraph({
    base: overrides.subgraphs ?? (await readSubgraphs(path.dirname(env.SUPERGRAPH_PATH))),
    source: overrides.pluginSource ?? pluginSource(services),
    compose: composeAside,
    replace: (sdl) => supergraph.replace(sdl),
    linkTo: (name, url) => createHttpLink(name, url, FEATURE_LIMITS),
    pubsub: shared.pubsub,
    log,
  })
  const server = new ApolloServer<GatewayContext>({
    gateway: supergraph,
    plugins,
    introspection: true,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: true,
    stopOnTerminationSignals: false,
    logger: log,
  })
  await server.start()
  void pluginGraph.refresh()

  const healthOf = overrides.healthOf ?? {}
  const parts = Object.keys(links)
  const urlOf = (name: string) => urls[name as ServiceName]
  const checks = Object.fromEntries(parts.map((name) => [name, healthOf[name] ?? healthOver(urlOf(name))]))
  if (shared.check) checks.shared = sharedHealth(shared.check)
  const readiness = awaitParts(parts.filter((name) => !healthOf[name]).map((name) => aliveAt(urlOf(name))))

  const app = createHttp()
  const origins = createOrigins(
    [env.PUBLIC_URL, env.FRONTEND_URL, ...env.CORS_ORIGINS].map((url) => new URL(url).origin),
  )
  const proxies = env.TRUST_PROXY
  const fileProxy = overrides.byteHandler ? undefined : createFileProxy(urls.storage, log)

  addRequestHooks(app)
  const byteOrigins = [...env.BYTE_ORIGINS, ...(env.S3_PUBLIC_ENDPOINT ? [new URL(env.S3_PUBLIC_ENDPOINT).origin] : [])]
  addSecurityHeaders(app, { https: env.PUBLIC_URL.startsWith('https:'), byteOrigins })
  addCors(app, origins)
  addErrorAnswers(app, log)
  addHealth(app, checks, readiness)
  addKeys(app, fetchJwks)
  addServiceKey(app, houseKeys.publicKey)
  const toStorage = overrides.byteHandler ?? fileProxy!.handle
  addFiles(app, toStorage)
  addCloudCallback(app, { handle: toStorage, rateLimits: shared.rateLimits, proxies })
  addGraphql(app, { server, plugins, authenticator, origins, mask, proxies })
  addWebClient(app, env.WEB_ROOT)
  const closeSockets = acceptSockets({
    http: app.server,
    server,
    plugins,
    authenticator,
    origins,
    mask,
    proxies,
    pubsub: shared.pubsub,
    log,
    now,
  })

  const shutDown = async (): Promise<void> => {
    readiness.drain()
    await closeSockets()
    await pluginGraph.close()
    const impatient = setTimeout(() => app.server.closeAllConnections(), DRAIN_WITHIN_MS).unref()
    await app.close()
    clearTimeout(impatient)
    await server.stop()
    await fileProxy?.close()
    await services.close()
    if (!overrides.links) await Promise.all(Object.values(links).map((link) => link.close()))
    if (!overrides.sharedState) await shared.close?.()
  }
  let closing: Promise<void> | undefined

  return {
    fastify: app,
    async listen() {
      const address = await app.listen({ host: env.HOST, port: env.PORT })
      const url = address.replace(/\/$/, '')
      log.info({ url }, 'the gateway is listening')
      return { url }
    },
    ready: () => readiness.whenReady,
    close: () => (closing ??= shutDown()),
  }
}

/** `/health` is public, and what a database client says of its failures names addresses. */
const sharedHealth =
  (check: () => Promise<void>): HealthCheck =>
  () =>
    check().catch(() => {
      throw new Error('does not answer')
    })
