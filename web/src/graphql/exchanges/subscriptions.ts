import { subscriptionExchange, type Exchange } from '@urql/core'
import type { Socket } from '../socket.ts'

export function subscriptions(socket: Socket): Exchange {
  return subscriptionExchange({
    forwardSubscription(request) {
      const payload = { ...request, query: request.query ?? '' }
      return { subscribe: (sink) => ({ unsubscribe: socket.subscribe(payload, sink) }) }
    },
  })
}
