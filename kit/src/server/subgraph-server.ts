import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { ExecutionResult, GraphQLSchema } from 'graphql'
import { z } from 'zod'
import { DomainError, InvalidInputError } from '../errors/domain-error.ts'
import type { SubgraphContext } from '../graph/context.ts'
import { createExecutor } from '../graph/execute.ts'
import { IDENTITY_HEADER, type Identity } from '../identity/identity.ts'
import type { VerifyIdentity } from '../identity/verify.ts'
import type { Logger } from '../log/logger.ts'
import { acceptSockets } from './graphql-socket.ts'
import { checkHealth, type HealthCheck } from './health.ts'
import type { Manifest } from './manifest.ts'
import { SubgraphUnreachable, type SubgraphCall, type SubgraphLink, type SubgraphReply } from './subgraph-link.ts'

export interface SubgraphServerOptions<Context extends SubgraphContext> {
  manifest: Manifest
  schema: GraphQLSchema
  verify: VerifyIdentity
  /** Adds what is this service's own to the common part of the context. */
  contextFor(base: SubgraphContext): Context
  health: Record<string, HealthCheck>
  log: Logger
}

export interface SubgraphServer {
  /** Routes of the service's own contracts are added here before `listen`. */
  http: FastifyInstance
  /** The door for a gateway in the same process. */
  link: SubgraphLink
  listen(at: { host: string; port: number }): Promise<{ url: string }>
  /** Rejects, naming the parts, when one of them does not work. */
  checkHealth(): Promise<void>
  /** Stops accepting, ends subscriptions, waits for running answers. */
  close(): Promise<void>
}

const requestSchema = z.object({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().nullish(),
})

/** Representations of a full page of entities fit in a fraction of this. */
const MAX_GRAPHQL_BODY = 8 * 1024 * 1024

/** The HTTP and in-process doors of one subgraph: GraphQL, subscriptions, `/health`, `/plugin/manifest`. */
export function createSubgraphServer<Context extends SubgraphContext>(
  options: SubgraphServerOptions<Context>,
): SubgraphServer {
  const { log, manifest } = options
  const executor = createExecutor<Context>(options.schema)
  const http = fastify({ forceCloseConnections: 'idle', bodyLimit: 64 * 1024 })
  http.server.headersTimeout = 10_000
  http.server.keepAliveTimeout = 65_000
  http.setErrorHandler(answerError(log))

  const contextFor = (identity: Identity, cookie?: string, setCookie: (value: string) => void = () => {}): Context =>
    options.contextFor({
      identity,
      viewer: identity.viewer,
      log: log.child({ requestId: identity.requestId }),
      cookie,
      setCookie,
    })

  /** @throws IdentityRefused, InvalidInputError */
  const run = async (token: string | undefined, body: string, cookie: string | undefined): Promise<SubgraphReply> => {
    const identity = await options.verify(token, { method: 'POST', path: '/graphql', body })
    const setCookies: string[] = []
    const result = await executor.execute(
      parseRequest(body),
      contextFor(identity, cookie, (value) => setCookies.push(value)),
    )
    return { result, setCookies }
  }

  http.register(async (scope) => {
    scope.addContentTypeParser(
      'application/json',
      { parseAs: 'string', bodyLimit: MAX_GRAPHQL_BODY },
      (_request, body, done) => done(null, body),
    )
    scope.post<{ Body: string }>('/graphql', async (request, reply) => {
      const token = request.headers[IDENTITY_HEADER]
      const reply_ = await run(
        typeof token === 'string' ? token : undefined,
        request.body ?? '',
        request.headers.cookie,
      )
      if (reply_.setCookies.length) reply.header('set-cookie', reply_.setCookies)
      return reply.type('application/json').send(JSON.stringify(reply_.result))
    })
  })
  const reportSick = (part: string, error: unknown) => log.warn({ err: error, part }, 'a part does not work')
  http.get('/health', async () => checkHealth(options.health, reportSick))
  http.get('/health/live', async () => ({ status: 'ok' }))
  http.get('/plugin/manifest', async () => manifest)

  const closeSockets = acceptSockets({
    server: http.server,
    executor,
    verify: options.verify,
    contextFor: (identity) => contextFor(identity),
  })
  const open = new Set<AsyncIterator<ExecutionResult>>()

  const link: SubgraphLink = {
    name: manifest.id,
    async execute(call) {
      try {
        return await run(call.identity, call.body, call.cookie)
      } catch (error) {
        throw new SubgraphUnreachable(manifest.id, { cause: error })
      }
    },
    subscribe: (call) =>
      lazyIterator(
        async () => {
          const identity = await options.verify(call.identity, { method: 'POST', path: '/graphql', body: call.body })
          return executor.subscribe(parseRequest(call.body), contextFor(identity))
        },
        call,
        open,
      ),
    close: async () => {},
  }

  return {
    http,
    link,
    async listen({ host, port }) {
      const url = await http.listen({ host, port })
      log.info({ url }, `${manifest.id} is listening`)
      return { url }
    },
    async checkHealth() {
      const report = await checkHealth(options.health, reportSick)
      const down = Object.entries(report.parts).filter(([, part]) => part.state === 'down')
      if (down.length)
        throw new DomainError(
          'health.parts',
          down.map(([name, part]) => `${name}: ${part.message ?? 'down'}`).join('; '),
        )
    },
    async close() {
      await Promise.allSettled([...open].map((iterator) => iterator.return?.()))
      await closeSockets()
      await http.close()
    },
  }
}

function parseRequest(body: string) {
  const parsed = requestSchema.safeParse(safeJson(body))
  if (!parsed.success) throw new InvalidInputError('body', 'The body must be a JSON object with a "query".')
  return parsed.data
}

function safeJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

type Stream = AsyncIterableIterator<ExecutionResult>

/** An iterator that opens its source at the first `next()` and can be closed at any moment, also while opening. */
function lazyIterator(
  openSource: () => Promise<Stream | ExecutionResult>,
  call: SubgraphCall,
  open: Set<AsyncIterator<ExecutionResult>>,
): Stream {
  let source: Promise<Stream> | undefined
  let ended = false
  const start = async (): Promise<Stream> => {
    const opened = await openSource()
    return Symbol.asyncIterator in opened ? opened : single(opened)
  }
  const iterator: Stream = {
    async next() {
      if (ended) return { done: true, value: undefined }
      source ??= start()
      const step = await (await source).next()
      if (step.done) open.delete(iterator)
      return ended ? { done: true, value: undefined } : step
    },
    async return() {
      ended = true
      open.delete(iterator)
      await source?.then(
        (stream) => stream.return?.(),
        () => {},
      )
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
  open.add(iterator)
  call.signal?.addEventListener('abort', () => void iterator.return?.(), { once: true })
  return iterator
}

function single(result: ExecutionResult): Stream {
  let given = false
  return {
    async next() {
      if (given) return { done: true, value: undefined }
      given = true
      return { done: false, value: result }
    },
    async return() {
      given = true
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

/** Answers of the internal HTTP contracts when a handler throws: the domain error's own words, or a request to look into the log. */
function answerError(log: Logger) {
  return async (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    if (reply.raw.headersSent) {
      // Half an answer is out: only a cut connection tells the other side that it is not whole.
      request.raw.destroy()
      return
    }
    const status = statusOf(error)
    if (status >= 500)
      log.error({ err: error, method: request.method, route: request.routeOptions.url }, 'request failed')
    const known = error instanceof DomainError
    const clientFault = !known && status < 500
    return reply
      .code(status)
      .type('application/json')
      .send({
        error: {
          code: known ? error.code : clientFault ? 'bad_request' : 'internal',
          message: known || clientFault ? (error as Error).message : 'Something went wrong on our side.',
        },
      })
  }
}

function statusOf(error: unknown): number {
  if (error instanceof DomainError) return error.status
  const status = (error as { statusCode?: unknown }).statusCode
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500
}
