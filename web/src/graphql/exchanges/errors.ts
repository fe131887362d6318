import { mapExchange, type Exchange } from '@urql/core'
import type { Tokens } from '../tokens.ts'
import { isUnauthenticated } from './auth.ts'

/** Stands first, so it sees only what is left after refreshing and retrying. */
export function errors(tokens: Tokens): Exchange {
  return mapExchange({
    onError(error, operation) {
      if (operation.kind !== 'subscription' && isUnauthenticated(error)) tokens.refused()
    },
  })
}
