import { randomUUID } from 'node:crypto'
import type { ApolloServer } from '@apollo/server'
import {
  GraphQLError,
  parse,
  type ExecutionArgs,
  type ExecutionResult,
  type FormattedExecutionResult,
  type GraphQLFormattedError,
} from 'graphql'
import { CloseCode, type Context, type ServerOptions, type SubscribePayload } from 'graphql-ws'
import type { WebSocket } from 'ws'
import type { ClientInfo, GatewayContext } from '../context.ts'
import type { MaskError } from '../errors/mask-error.ts'
import type { Authenticator, Session } from '../identity/authenticate.ts'
import { admit, type GatewayPlugin } from '../plugins/plugin.ts'
import type { EventStream } from './bridge.ts'
import { createGuard } from './guard.ts'

export interface HookDeps {
  server: ApolloServer<GatewayContext>
  plugins: readonly GatewayPlugin[]
  authenticator: Authenticator
  mask: MaskError
  now?: () => number
}

/** One open socket. */
export interface Connection {
  socket: WebSocket
  client: ClientInfo
  /** Aborts when the socket is closed. */
  gone: AbortSignal
  session: Session | null
}

type Socket = Context<Record<string, unknown> | undefined, Connection>

/** What graphql-ws is given in place of the client's document: the operation has been run when it looks at this. */
const STAND_IN = parse('subscription { event }')

const MAX_SUBSCRIPTIONS = 100
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** graphql-ws tells its clients to come back after this code; they do with a fresh token. */
export function closeForbidden({ socket }: Connection, reason: string): void {
  socket.close(CloseCode.Forbidden, reason)
}

/** What graphql-ws asks at each step of a socket's life. Operations go through the same plugins as over HTTP. */
export function socketHooks(deps: HookDeps): ServerOptions<Record<string, unknown> | undefined, Connection> {
  const { server, plugins, authenticator, mask, now = Date.now } = deps
  const contexts = new WeakMap<SubscribePayload, GatewayContext>()

  return {
    async onConnect({ connectionParams, extra }) {
      const given = connectionParams?.authorization
      try {
        extra.session = await authenticator.authenticate(given === undefined ? undefined : String(given), extra.client)
      } catch (error) {
        closeFor(extra, error)
        return false
      }
      endWithToken(extra, now)
      return true
    },

    async onSubscribe(socket: Socket, _id, payload) {
      const { extra } = socket
      if (Object.keys(socket.subscriptions).length > MAX_SUBSCRIPTIONS) return [tooMany()]
      const context: GatewayContext = {
        requestId: randomUUID(),
        session: extra.session,
        client: extra.client,
        signal: extra.gone,
        stream: { beforeEvent: createGuard(extra, authenticator, now, (error) => closeFor(extra, error)) },
      }
      contexts.set(payload, context)
      try {
        await admit(plugins, { query: payload.query }, context)
      } catch (error) {
        return [shown(error, mask, context)]
      }
      const { body } = await server.executeOperation(
        {
          query: payload.query,
          variables: payload.variables ?? undefined,
          operationName: payload.operationName ?? undefined,
        },
        { contextValue: context },
      )
      const stream = context.stream?.opened
      if (!stream) return body.kind === 'single' ? asErrors(body.singleResult.errors ?? []) : []
      return { schema: undefined as never, document: STAND_IN, contextValue: stream } satisfies ExecutionArgs
    },

    subscribe: (args) => args.contextValue as EventStream,

    onNext: (_socket, _id, payload, _args, result) => maskResult(result, mask, contexts.get(payload)!),

    onError: (_socket, _id, payload, errors) =>
      errors.map((error) =>
        (error.originalError ? shown(error.originalError, mask, contexts.get(payload)!) : error).toJSON(),
      ),
  }
}

function endWithToken(connection: Connection, now: () => number): void {
  const { session, socket } = connection
  if (!session) return
  const left = Math.min(Math.max(0, session.expiresAt - now()), LONGEST_TIMER_MS)
  const timer = setTimeout(() => closeForbidden(connection, 'Token expired'), left)
  socket.once('close', () => clearTimeout(timer))
}

function closeFor(connection: Connection, error: unknown): void {
  if (error instanceof GraphQLError && error.extensions.code === 'UNAUTHENTICATED')
    closeForbidden(connection, 'Sign in again')
  // Nobody can say whether this person may still listen: the client is asked to come back.
  else connection.socket.close(1013, 'Try again later')
}

/** graphql-ws sends errors only as instances of this. */
const asErrors = (errors: readonly GraphQLFormattedError[]): GraphQLError[] =>
  errors.map(({ message, extensions, path }) => new GraphQLError(message, { extensions, path }))

function shown(error: unknown, mask: MaskError, context: GatewayContext): GraphQLError {
  const known: GraphQLFormattedError = error instanceof GraphQLError ? error.toJSON() : { message: '' }
  const { message, extensions } = mask(known, error, context)
  return new GraphQLError(message, { extensions })
}

function maskResult(result: ExecutionResult, mask: MaskError, context: GatewayContext): FormattedExecutionResult {
  const { errors, data } = result
  if (!errors?.length) return { data }
  return {
    data,
    errors: errors.map((error) =>
      mask(error instanceof GraphQLError ? error.toJSON() : { message: '' }, error, context),
    ),
  }
}

const tooMany = (): GraphQLError =>
  new GraphQLError('Too many subscriptions on one socket.', { extensions: { code: 'RATE_LIMITED' } })
