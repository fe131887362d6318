import type { ApolloServerPlugin } from '@apollo/server'
import type { GatewayContext } from '../context.ts'

export interface IncomingOperation {
  query: string
}

/**
 * One concern of the gateway: Apollo's hooks, and `admit`, which runs before anything is parsed, over HTTP and
 * WebSocket alike. It refuses by throwing a GraphQLError; Apollo has no hook so early that may do that.
 */
export interface GatewayPlugin extends ApolloServerPlugin<GatewayContext> {
  admit?(operation: IncomingOperation, context: GatewayContext): Promise<void> | void
}

/** Asks each plugin in turn. @throws GraphQLError of the first that refuses */
export async function admit(
  plugins: readonly GatewayPlugin[],
  operation: IncomingOperation,
  context: GatewayContext,
): Promise<void> {
  for (const plugin of plugins) await plugin.admit?.(operation, context)
}
