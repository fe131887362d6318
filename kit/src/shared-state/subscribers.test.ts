import { describe, expect, it } from 'vitest'
import { createSubscriber, createSubscribers } from './subscribers.ts'

describe('a subscriber', () => {
  it('drops a full buffer and reads one gap in its place', async () => {
    const { push, events } = createSubscriber({ onEnd() {}, limit: 3 })
    for (const message of ['1', '2', '3', '4', '5']) push({ kind: 'message', message })
    expect((await events.next()).value).toEqual({ kind: 'gap' })
    expect((await events.next()).value).toEqual({ kind: 'message', message: '4' })
    expect((await events.next()).value).toEqual({ kind: 'message', message: '5' })
  })

  it('reads gaps that follow each other as one', async () => {
    const { push, events } = createSubscriber({ onEnd() {} })
    push({ kind: 'gap' })
    push({ kind: 'gap' })
    push({ kind: 'message', message: 'a' })
    expect((await events.next()).value).toEqual({ kind: 'gap' })
    expect((await events.next()).value).toEqual({ kind: 'message', message: 'a' })
  })

  it('answers several waiting readers in order, and all of them when it ends', async () => {
    let ends = 0
    const { push, end, events } = createSubscriber({ onEnd: () => ends++ })
    const reads = [events.next(), events.next(), events.next()]
    push({ kind: 'message', message: 'a' })
    end()
    end()
    expect(await Promise.all(reads)).toEqual([
      { value: { kind: 'message', message: 'a' }, done: false },
      { value: undefined, done: true },
      { value: undefined, done: true },
    ])
    expect(ends).toBe(1)
  })
})

describe('the subscribers of a process', () => {
  it('forgets a channel when its last subscriber ends, once', () => {
    const subscribers = createSubscribers()
    let last = 0
    const first = subscribers.add('a', undefined, () => last++)
    const second = subscribers.add('a', undefined, () => last++)
    first.end()
    expect([subscribers.channels(), last]).toEqual([['a'], 0])
    second.end()
    expect([subscribers.channels(), last]).toEqual([[], 1])
  })

  it('gives an aborted signal a subscriber that has ended', async () => {
    const subscribers = createSubscribers()
    expect((await subscribers.add('a', AbortSignal.abort()).events.next()).done).toBe(true)
    expect(subscribers.channels()).toEqual([])
  })
})
