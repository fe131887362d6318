import { describe, expect, it } from 'vitest'
import { createLimiter } from './limiter.ts'

/** A place that serves so many at once, each in 10 ms; the rest wait. */
function rounds(limiter: ReturnType<typeof createLimiter>, serves: number, count: number): void {
  for (let number = 0; number < count; number++) {
    for (let done = 0; done < limiter.limit * 2; done++)
      limiter.succeeded(10 * Math.max(1, limiter.limit / serves), true)
  }
}

describe('the limit of a place', () => {
  it('grows while answers stay as quick as they were, up to its bound', () => {
    const limiter = createLimiter()
    rounds(limiter, 1000, 100)
    expect(limiter.limit).toBe(48)
  })

  it('settles a little above what the place serves at once', () => {
    const limiter = createLimiter()
    rounds(limiter, 10, 300)
    expect(limiter.limit).toBeGreaterThanOrEqual(10)
    expect(limiter.limit).toBeLessThanOrEqual(32)
  })

  it('does not grow while it is not used', () => {
    const limiter = createLimiter()
    for (let done = 0; done < 1000; done++) limiter.succeeded(10, false)
    expect(limiter.limit).toBe(8)
  })

  it('is halved by a refusal, once a second, and never falls below one', () => {
    const limiter = createLimiter({ start: 32 })
    limiter.congested(0)
    limiter.congested(10)
    limiter.congested(999)
    expect(limiter.limit).toBe(16)
    for (let second = 1; second < 20; second++) limiter.congested(second * 1000)
    expect(limiter.limit).toBe(1)
  })

  it('waits as long as the place asks', () => {
    const limiter = createLimiter()
    limiter.congested(1000, 5000)
    expect([limiter.pauseMs(1000), limiter.pauseMs(5999), limiter.pauseMs(6000)]).toEqual([5000, 1, 0])
  })
})
