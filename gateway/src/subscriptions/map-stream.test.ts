import { describe, expect, it, vi } from 'vitest'
import { mapStream } from './map-stream.ts'
import { createQueue } from './queue.ts'

describe('a mapped stream', () => {
  const make = (change: (value: number) => Promise<string>) => {
    const ended = vi.fn()
    const stop = vi.fn()
    const queue = createQueue<number>({ onEnd: ended })
    return { queue, ended, stop, stream: mapStream(queue.iterator, change, stop) }
  }

  it('changes each value and ends with its source', async () => {
    const { queue, stream, stop } = make(async (value) => `#${value}`)
    queue.push(1)
    queue.push(2)
    queue.end()
    const seen: string[] = []
    for await (const value of stream) seen.push(value)
    expect(seen).toEqual(['#1', '#2'])
    expect(stop).toHaveBeenCalledOnce()
  })

  it('ends at once when its reader leaves while a value is awaited', async () => {
    const { stream, ended, stop } = make(async () => '')
    const waiting = stream.next()
    await stream.return!()
    expect((await waiting).done).toBe(true)
    expect([ended.mock.calls.length, stop.mock.calls.length]).toEqual([1, 1])
  })

  it('ends at once when its reader leaves while a value is changed', async () => {
    const { queue, stream, ended } = make(() => new Promise(() => {}))
    queue.push(1)
    const waiting = stream.next()
    await Promise.resolve()
    await stream.return!()
    expect((await waiting).done).toBe(true)
    expect(ended).toHaveBeenCalledOnce()
  })

  it('closes its source when a change fails, or the source does', async () => {
    const failing = make(async () => Promise.reject(new Error('no')))
    failing.queue.push(1)
    await expect(failing.stream.next()).rejects.toThrow('no')
    expect(failing.ended).toHaveBeenCalledOnce()
    const lost = make(async () => '')
    const waiting = lost.stream.next()
    lost.queue.fail(new Error('lost'))
    await expect(waiting).rejects.toThrow('lost')
    expect((await lost.stream.next()).done).toBe(true)
  })
})
