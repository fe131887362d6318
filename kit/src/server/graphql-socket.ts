import type { Server } from 'node:http'
import { GraphQLError, parse, type ExecutionArgs } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocketServer } from 'ws'
import type { Executor, GraphqlRequest } from '../graph/execute.ts'
import type { SubgraphContext } from '../graph/context.ts'
import type { Identity } from '../identity/identity.ts'
import type { VerifyIdentity } from '../identity/verify.ts'

interface SocketOptions<Context extends SubgraphContext> {
  server: Server
  executor: Executor<Context>
  verify: VerifyIdentity
  contextFor(identity: Identity): Context
}

interface Opened<Context extends SubgraphContext> {
  request: GraphqlRequest
  context: Context
}

/** The JSON text that a signed identity covers; the gateway builds it with the same keys in the same order. */
export function signedBody(request: GraphqlRequest): string {
  return JSON.stringify({
    query: request.query,
    variables: request.variables ?? undefined,
    operationName: request.operationName ?? undefined,
  })
}

/**
 * Subscriptions of the gateway at `/graphql` over one multiplexed socket (protocol graphql-transport-ws). Each
 * subscription carries the signed identity of its person in `extensions.identity`.
 * @returns closes every socket with 1001 (going away)
 */
export function acceptSockets<Context extends SubgraphContext>(options: SocketOptions<Context>): () => Promise<void> {
  const wss = new WebSocketServer({ server: options.server, path: '/graphql', maxPayload: 4 * 1024 * 1024 })
  const disposable = useServer(
    {
      connectionInitWaitTimeout: 5000,
      onSubscribe: async (_socket, _id, payload): Promise<ExecutionArgs | readonly GraphQLError[]> => {
        const request: GraphqlRequest = {
          query: payload.query,
          variables: payload.variables,
          operationName: payload.operationName,
        }
        try {
          const token = payload.extensions?.identity
          const call = { method: 'POST', path: '/graphql', body: signedBody(request) }
          const identity = await options.verify(typeof token === 'string' ? token : undefined, call)
          const opened: Opened<Context> = { request, context: options.contextFor(identity) }
          // graphql-ws wants graphql-js arguments; the executor below parses, validates and runs by itself.
          return {
            schema: undefined as never,
            document: parse(request.query),
            operationName: request.operationName,
            contextValue: opened,
          }
        } catch (error) {
          if (error instanceof GraphQLError) return [error]
          return [
            new GraphQLError('This call carries no valid service identity.', {
              extensions: { code: 'UNAUTHENTICATED' },
            }),
          ]
        }
      },
      // The executor has formatted the errors; graphql-ws would format them again, fail, and close the whole socket.
      onNext: (_socket, _id, _payload, _args, result) => result as never,
      subscribe: (args) => {
        const opened = args.contextValue as Opened<Context>
        return options.executor.subscribe(opened.request, opened.context)
      },
      execute: (args) => {
        const opened = args.contextValue as Opened<Context>
        return options.executor.execute(opened.request, opened.context)
      },
    },
    wss,
  )
  return async () => {
    await disposable.dispose()
    wss.close()
  }
}
