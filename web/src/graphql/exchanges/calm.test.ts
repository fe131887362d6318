import { makeOperation, type Operation, type OperationResult } from '@urql/core'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { makeSubject, pipe, subscribe } from 'wonka'
import { calm } from './calm.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function open() {
  const network = makeSubject<OperationResult>()
  const seen: unknown[] = []
  const exchange = calm(100)({ forward: () => network.source, client: {} as never, dispatchDebug: () => {} })
  pipe(
    exchange(makeSubject<Operation>().source),
    subscribe((result) => void seen.push(result.data)),
  )
  const push = (kind: 'query' | 'subscription', data: string) =>
    network.next({
      operation: makeOperation(kind, { kind, key: 1 } as Operation, {} as never),
      data,
    } as OperationResult)
  return { seen, push }
}

it('lets the first event through at once, and those that follow together, in order', () => {
  const { seen, push } = open()
  push('subscription', 'a')
  expect(seen).toEqual(['a'])
  push('subscription', 'b')
  push('subscription', 'c')
  expect(seen).toEqual(['a'])
  vi.advanceTimersByTime(200)
  expect(seen).toEqual(['a', 'b', 'c'])
})

it('is at once again after a quiet while', () => {
  const { seen, push } = open()
  push('subscription', 'a')
  vi.advanceTimersByTime(1000)
  push('subscription', 'b')
  expect(seen).toEqual(['a', 'b'])
})

it('never holds queries and mutations', () => {
  const { seen, push } = open()
  push('subscription', 'a')
  push('subscription', 'b')
  push('query', 'answer')
  expect(seen).toEqual(['a', 'answer'])
})
