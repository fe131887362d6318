import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createClient, type Client } from 'graphql-ws'
import WebSocket from 'ws'
import { serviceKeys } from '@archivolt/kit/identity/keys'
import { createVerifier } from '@archivolt/kit/identity/verify'
import { createLogger } from '@archivolt/kit/log/logger'
import type { SubgraphLink } from '@archivolt/kit/server/subgraph-link'
import { createSubgraphServer } from '@archivolt/kit/server/subgraph-server'
import { buildApp, type GatewayOverrides } from '../../src/app.ts'
import { readGatewayEnv } from '../../src/env.ts'
import { createHttpLink } from '../../src/links/http-link.ts'
import { composeFixtures, createWorld, fixtureSubgraphs, schemaOf, SUBGRAPHS } from './graph.ts'
import { createFakePeople } from './people.ts'
import { createFakeSharedState } from './shared-state.ts'
import { createIssuer } from './tokens.ts'

export const SECRET_KEY = 'a secret of at least thirty-two characters'
const supergraphSdl = composeFixtures()

export interface StartOptions {
  variant?: 'process' | 'http'
  env?: Record<string, string>
  overrides?: GatewayOverrides
}

export interface Result {
  status: number
  headers: Headers
  data?: any
  errors?: { message: string; path?: (string | number)[]; extensions: Record<string, unknown> }[]
  text: string
}

/** A real gateway on a real port over the fixture subgraphs, in this process or each behind its own port. */
export async function startGateway({ variant = 'process', env: given = {}, overrides = {} }: StartOptions = {}) {
  const log = createLogger('test', { level: process.env.TEST_LOG ?? 'silent', pretty: false })
  const world = createWorld()
  const issuer = await createIssuer()
  const shared = createFakeSharedState()
  const people = createFakePeople()
  const servers = SUBGRAPHS.map((name) =>
    createSubgraphServer({
      manifest: {
        id: name,
        name,
        version: '1',
        description: name,
        icon: 'file',
        routes: [],
        access: { allowSuperuser: true, requiredGroups: [] },
      },
      schema: schemaOf(name, world),
      verify: createVerifier(name, serviceKeys(SECRET_KEY)),
      contextFor: (base) => base,
      health: {},
      log,
    }),
  )
  const links: Record<string, SubgraphLink> = {}
  const urls: Record<string, string> = {}
  for (const [i, server] of servers.entries()) {
    const name = SUBGRAPHS[i]!
    if (variant === 'process') links[name] = server.link
    else {
      urls[name] = (await server.listen({ host: '127.0.0.1', port: 0 })).url
      links[name] = createHttpLink(name, urls[name])
    }
  }
  const env = readGatewayEnv({
    NODE_ENV: 'test',
    SECRET_KEY,
    PORT: '0',
    WEB_ROOT: mkdtempSync(path.join(tmpdir(), 'web-')),
    ...given,
  })
  const healthOf = Object.fromEntries(SUBGRAPHS.map((name) => [name, async () => {}]))
  const app = await buildApp(env, {
    links,
    jwks: async () => issuer.jwks,
    lookUpPerson: async (claimed) => people.of(claimed),
    sharedState: shared.state,
    supergraphSdl,
    subgraphs: fixtureSubgraphs(),
    pluginSource: { wanted: async () => [], report: async () => {} },
    healthOf,
    log,
    ...overrides,
  })
  const { url } = await app.listen()
  const clients: Client[] = []

  const post = async (body: unknown, headers: Record<string, string> = {}): Promise<Result> => {
    const reply = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    const text = await reply.text()
    return { status: reply.status, headers: reply.headers, text, ...(text.startsWith('{') && JSON.parse(text)) }
  }

  return {
    app,
    url,
    urls,
    world,
    issuer,
    shared,
    people,
    servers,
    links,
    post,
    query: (query: string, variables?: Record<string, unknown>, headers?: Record<string, string>) =>
      post({ query, variables }, headers),
    /** A graphql-ws client that reports its close code. */
    connect(options: { authorization?: string; headers?: Record<string, string> } = {}) {
      const closed = Promise.withResolvers<{ code: number; reason: string }>()
      let socket: WebSocket | undefined
      class Socket extends WebSocket {
        constructor(address: string, protocols: string) {
          super(address, protocols, { headers: options.headers })
          socket = this
        }
      }
      const client = createClient({
        url: `${url.replace('http', 'ws')}/graphql`,
        webSocketImpl: Socket,
        retryAttempts: 0,
        connectionParams: options.authorization === undefined ? undefined : { authorization: options.authorization },
        on: { closed: (event) => closed.resolve(event as { code: number; reason: string }) },
      })
      clients.push(client)
      return {
        client,
        closed: closed.promise,
        kill: () => socket?.terminate(),
        subscribe: (query: string, variables?: Record<string, unknown>) => client.iterate<any>({ query, variables }),
      }
    },
    async close() {
      for (const client of clients) client.terminate()
      await app.close()
      await Promise.all(Object.values(links).map((link) => link.close()))
      // A test may have closed some already.
      await Promise.allSettled(servers.map((server) => server.close()))
    },
  }
}

export type Started = Awaited<ReturnType<typeof startGateway>>

/** Waits until `condition` holds. @throws when it does not in time */
export async function until(condition: () => boolean | Promise<boolean>, withinMs = 2000): Promise<void> {
  const end = performance.now() + withinMs
  while (performance.now() < end) {
    if (await condition()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(`never true: ${condition}`)
}
