import { describe, expect, it, vi } from 'vitest'
import { createQueue } from './queue.ts'

describe('a queue', () => {
  const make = () => {
    const onEnd = vi.fn()
    return { onEnd, queue: createQueue<number>({ onEnd }) }
  }

  it('gives what was pushed before and after it was asked, in order, then ends', async () => {
    const { queue, onEnd } = make()
    queue.push(1)
    queue.push(2)
    expect([(await queue.iterator.next()).value, (await queue.iterator.next()).value]).toEqual([1, 2])
    const waiting = queue.iterator.next()
    queue.push(3)
    expect((await waiting).value).toBe(3)
    queue.push(4)
    queue.end()
    expect([(await queue.iterator.next()).value, (await queue.iterator.next()).done]).toEqual([4, true])
    expect(onEnd).toHaveBeenCalledOnce()
  })

  it('ends at once when its reader leaves, also while it waits', async () => {
    const { queue, onEnd } = make()
    const waiting = queue.iterator.next()
    await queue.iterator.return!()
    expect((await waiting).done).toBe(true)
    expect(onEnd).toHaveBeenCalledOnce()
    queue.push(1)
    expect((await queue.iterator.next()).done).toBe(true)
  })

  it('throws once when it fails, then is over', async () => {
    const { queue } = make()
    const waiting = queue.iterator.next()
    queue.fail(new Error('lost'))
    await expect(waiting).rejects.toThrow('lost')
    expect((await queue.iterator.next()).done).toBe(true)
    const later = make().queue
    later.push(1)
    later.fail(new Error('lost'))
    await expect(later.iterator.next()).rejects.toThrow('lost')
  })

  it('gives up on a reader that does not read', async () => {
    const { queue, onEnd } = make()
    for (let i = 0; i <= 1000; i++) queue.push(i)
    expect(onEnd).toHaveBeenCalledOnce()
    await expect(queue.iterator.next()).rejects.toThrow('not taken fast enough')
  })
})
