import type { ApolloServer } from '@apollo/server'
import { fastifyApolloHandler } from '@as-integrations/fastify'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { GraphQLError } from 'graphql'
import type { GatewayContext } from '../context.ts'
import type { MaskError } from '../errors/mask-error.ts'
import type { Authenticator } from '../identity/authenticate.ts'
import { sessionCookiesIn } from '../identity/session-cookies.ts'
import { admit, type GatewayPlugin } from '../plugins/plugin.ts'
import { errorBody } from './answer-error.ts'
import { clientInfo } from './client-info.ts'
import type { Origins } from './origins.ts'

interface Deps {
  server: ApolloServer<GatewayContext>
  plugins: readonly GatewayPlugin[]
  authenticator: Authenticator
  origins: Origins
  mask: MaskError
  proxies: number
}

const MAX_BODY_BYTES = 1024 * 1024

/** `POST /graphql` with JSON, for pages of known origins and for everything that is no browser. */
export function addGraphql(app: FastifyInstance, deps: Deps): void {
  app.register(async (scope) => {
    scope.removeContentTypeParser('text/plain')
    scope.post('/graphql', {
      bodyLimit: MAX_BODY_BYTES,
      onRequest: async (request, reply) => {
        reply.header('cache-control', 'no-store')
        if (deps.origins.mayCall(request.headers.origin, request.headers.host)) return undefined
        return reply.code(403).send(errorBody(request, 'FORBIDDEN', 'This page may not call the vault.'))
      },
      handler: fastifyApolloHandler(deps.server, { context: (request, reply) => contextFor(request, reply, deps) }),
    })
    scope.get('/graphql', async (request, reply) =>
      reply
        .code(405)
        .header('allow', 'POST')
        .send(errorBody(request, 'BAD_REQUEST', 'Send operations with POST.')),
    )
  })
}

/** @throws GraphQLError for a token or an operation that is refused */
async function contextFor(request: FastifyRequest, reply: FastifyReply, deps: Deps): Promise<GatewayContext> {
  const context: GatewayContext = {
    requestId: request.id,
    session: null,
    client: clientInfo(request.raw, deps.proxies),
    signal: signalOf(reply),
    cookies: {
      session: sessionCookiesIn(request.headers.cookie),
      set: (values) => values.forEach((value) => void reply.header('set-cookie', value)),
    },
  }
  const operation = { query: queryIn(request.body) }
  try {
    context.session = await deps.authenticator
      .authenticate(request.headers.authorization, context.client)
      .catch(async (error: unknown) => {
        // Guessing tokens is counted like asking without one.
        await admit(deps.plugins, operation, context)
        throw error
      })
    await admit(deps.plugins, operation, context)
  } catch (error) {
    if (error instanceof GraphQLError) throw error
    const { message, extensions } = deps.mask({ message: '' }, error, context)
    throw new GraphQLError(message, { extensions: { ...extensions, http: { status: 500 } } })
  }
  return context
}

function queryIn(body: unknown): string {
  const query = typeof body === 'object' && body !== null && 'query' in body ? body.query : undefined
  return typeof query === 'string' ? query : ''
}

/** Aborts when the client is gone before its answer is. */
function signalOf(reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort()
  })
  return controller.signal
}
