import { authExchange } from '@urql/exchange-auth'
import type { CombinedError, Exchange } from '@urql/core'
import type { Tokens } from '../tokens.ts'

export const isUnauthenticated = (error: CombinedError): boolean =>
  error.response?.status === 401 || error.graphQLErrors.some((each) => each.extensions?.code === 'UNAUTHENTICATED')

export function auth(tokens: Tokens): Exchange {
  return authExchange(async (utils) => ({
    addAuthToOperation(operation) {
      const authorization = tokens.header()
      return authorization ? utils.appendHeaders(operation, { authorization }) : operation
    },
    // A subscription's token travels in connection_init, see socket.ts.
    willAuthError: (operation) => operation.kind !== 'subscription' && !tokens.fresh(),
    didAuthError: (error, operation) => operation.kind !== 'subscription' && isUnauthenticated(error),
    refreshAuth: () => tokens.refresh(),
  }))
}
