import { Client, fetchExchange } from '@urql/core'
import { retryExchange } from '@urql/exchange-retry'
import { createCache } from './cache.ts'
import { auth } from './exchanges/auth.ts'
import { calm } from './exchanges/calm.ts'
import { errors } from './exchanges/errors.ts'
import { subscriptions } from './exchanges/subscriptions.ts'
import type { Socket } from './socket.ts'
import type { Tokens } from './tokens.ts'

const URL = '/graphql'

/** For the session's own mutations: no cache, no token, no refresh, or a refresh would wait for itself. */
export const createBareClient = (): Client =>
  new Client({
    url: URL,
    exchanges: [fetchExchange],
    preferGetMethod: false,
    fetchOptions: { credentials: 'same-origin' },
  })

/** Signed in, but without the cache: for uploads, whose every step would otherwise have the lists on view read again. */
export const createPlainClient = (tokens: Tokens): Client =>
  new Client({
    url: URL,
    preferGetMethod: false,
    fetchOptions: { credentials: 'same-origin' },
    requestPolicy: 'network-only',
    exchanges: [errors(tokens), auth(tokens), fetchExchange],
  })

export function createVaultClient(tokens: Tokens, socket: Socket): Client {
  return new Client({
    url: URL,
    preferGetMethod: false,
    fetchOptions: { credentials: 'same-origin' },
    requestPolicy: 'cache-and-network',
    exchanges: [
      errors(tokens), // first: sees what is left after everything below has tried
      createCache(), // before auth: what is known needs no token
      calm(), // after the cache: it spreads a group of events at once
      auth(tokens), // before retry: a refreshed request is a new request
      retryExchange({
        maxNumberAttempts: 3,
        initialDelayMs: 400,
        // A mutation whose answer was lost may have happened: it is the person who tries that again.
        retryIf: (error, operation) => operation.kind === 'query' && !!error.networkError,
      }),
      fetchExchange,
      subscriptions(socket), // last: everything else is taken by then
    ],
  })
}
