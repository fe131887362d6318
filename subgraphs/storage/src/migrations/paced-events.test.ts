import { createSubscriber } from '@archivolt/kit/shared-state/subscribers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { pacedStates } from './paced-events.ts'

describe('states at a pace', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
  afterEach(() => void vi.useRealTimers())

  const open = (last = Infinity) => {
    let state = 0
    let reads = 0
    let left = false
    const source = createSubscriber({ onEnd: () => void (left = true) })
    const states = pacedStates<number>(source.events, {
      read: async () => (reads++, state),
      isLast: (value) => value >= last,
      everyMs: 250,
    })
    const happen = (to = state + 1) => {
      state = to
      source.push({ kind: 'message', message: 'x' })
    }
    return { states, happen, source, reads: () => reads, left: () => left }
  }
  const settled = async <T>(promise: Promise<T>): Promise<T | 'waiting'> => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
    return Promise.race([promise, Promise.resolve('waiting' as const)])
  }

  it('the first comes at once, without any event', async () => {
    const { states } = open()
    expect(await states.next()).toEqual({ done: false, value: 0 })
  })

  it('a thousand events in a second are told as four states, the last of them true', async () => {
    const { states, happen, reads } = open()
    await states.next()
    const told: number[] = []
    const listening = (async () => {
      for await (const value of states) told.push(value)
    })()
    for (let ms = 0; ms < 1000; ms++) {
      happen()
      await vi.advanceTimersByTimeAsync(1)
    }
    await vi.advanceTimersByTimeAsync(1000)
    expect(told.length).toBeGreaterThanOrEqual(3)
    expect(told.length).toBeLessThanOrEqual(5)
    expect(told.at(-1)).toBe(1000)
    expect(reads()).toBe(told.length + 1)
    await states.return?.()
    await listening
  })

  it('nothing is told while nothing happens', async () => {
    const { states, happen } = open()
    await states.next()
    const next = states.next()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(await settled(next)).toBe('waiting')
    happen()
    await vi.advanceTimersByTimeAsync(0)
    expect(await next).toEqual({ done: false, value: 1 })
  })

  it('after the last state it ends, and lets go of the channel', async () => {
    const { states, happen, left } = open(2)
    await states.next()
    happen(2)
    const next = states.next()
    await vi.advanceTimersByTimeAsync(250)
    expect(await next).toEqual({ done: false, value: 2 })
    expect(await states.next()).toEqual({ done: true, value: undefined })
    expect(left()).toBe(true)
  })

  it('who comes after the end is told the end at once', async () => {
    const { states } = open(0)
    expect(await states.next()).toEqual({ done: false, value: 0 })
    expect((await states.next()).done).toBe(true)
  })

  it('can be left while it waits', async () => {
    const { states, left } = open()
    await states.next()
    const next = states.next()
    await states.return?.()
    expect((await next).done).toBe(true)
    expect(left()).toBe(true)
  })
})
