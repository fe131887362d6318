import { makeOperation, type Exchange, type Operation, type OperationResult } from '@urql/core'
import { filter, makeSubject, map, merge, pipe, type Source } from 'wonka'

type Answer = (operation: Operation) => unknown

/** Stands where the network would: answers queries and mutations at once, and pushes what subscriptions receive. */
export function fakeServer(answer: Answer) {
  const pushed = makeSubject<OperationResult>()
  const asked: Operation[] = []
  let subscription: Operation | null = null

  const result = (operation: Operation, data: unknown): OperationResult => ({
    operation: makeOperation(operation.kind, operation),
    data,
    error: undefined,
    stale: false,
    hasNext: operation.kind === 'subscription',
  })

  const exchange: Exchange = () => (operations: Source<Operation>) => {
    const answers = pipe(
      operations,
      filter((operation) => {
        if (operation.kind === 'subscription') subscription = operation
        return operation.kind === 'query' || operation.kind === 'mutation'
      }),
      map((operation) => {
        asked.push(operation)
        return result(operation, answer(operation))
      }),
    )
    return merge([answers, pushed.source])
  }

  return {
    exchange,
    asked,
    push: (data: unknown) => subscription && pushed.next(result(subscription, data)),
  }
}
