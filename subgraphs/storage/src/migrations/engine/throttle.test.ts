import { describe, expect, it } from 'vitest'
import { createThrottle } from './throttle.ts'

const never = new AbortController().signal

/** A clock that passes while somebody sleeps. */
function clock() {
  let time = 0
  return {
    now: () => time,
    async sleep(ms: number, signal: AbortSignal) {
      signal.throwIfAborted()
      time += ms
    },
  }
}

describe('a throttle', () => {
  it('lets no more pass than its rate, however many share it', async () => {
    const time = clock()
    const throttle = createThrottle(time)
    throttle.setRate(1000)
    for (let taken = 0; taken < 50; taken++) await throttle.take(200, never)
    // Ten thousand bytes, of which a quarter of a second's worth may pass at once.
    expect(time.now()).toBeGreaterThanOrEqual(9700)
    expect(time.now()).toBeLessThanOrEqual(10_000)
  })

  it('without a rate nobody waits', () => {
    expect(createThrottle(clock()).take(1e9, never)).toBeUndefined()
  })

  it('gives up with who gave up', async () => {
    const throttle = createThrottle(clock())
    throttle.setRate(1)
    await expect(Promise.resolve(throttle.take(1000, AbortSignal.abort(new Error('gone'))))).rejects.toThrow('gone')
  })

  it('is loosened for those who wait already', async () => {
    const waits: (() => void)[] = []
    const throttle = createThrottle({
      now: () => 0,
      sleep: (_ms, signal) =>
        new Promise((_resolve, reject) => {
          waits.push(() => {})
          signal.addEventListener('abort', () => reject(new Error('woken')))
        }),
    })
    throttle.setRate(1)
    const taking = Promise.resolve(throttle.take(1_000_000, never))
    throttle.setRate(null)
    await taking
    expect(waits).toHaveLength(1)
  })
})
