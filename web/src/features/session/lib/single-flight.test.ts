import { describe, expect, it, vi } from 'vitest'
import { singleFlight } from './single-flight.ts'

describe('singleFlight', () => {
  it('runs once for all who come while it runs', async () => {
    let finish: (value: string) => void = () => {}
    const run = vi.fn(() => new Promise<string>((resolve) => (finish = resolve)))
    const refresh = singleFlight(run)
    const answers = Promise.all([refresh(), refresh(), refresh()])
    await Promise.resolve()
    finish('token')
    expect(await answers).toEqual(['token', 'token', 'token'])
    expect(run).toHaveBeenCalledTimes(1)
  })

  it('runs again for who comes after', async () => {
    let count = 0
    const refresh = singleFlight(async () => ++count)
    expect(await refresh()).toBe(1)
    expect(await refresh()).toBe(2)
  })

  it('fails all who waited, and remembers no failure', async () => {
    const run = vi.fn<() => Promise<string>>().mockRejectedValueOnce(new Error('away')).mockResolvedValue('token')
    const refresh = singleFlight(run)
    const first = refresh()
    const second = refresh()
    await expect(first).rejects.toThrow('away')
    await expect(second).rejects.toThrow('away')
    await expect(refresh()).resolves.toBe('token')
  })

  it('survives a run that throws before it has begun', async () => {
    const refresh = singleFlight<void>(() => {
      throw new Error('at once')
    })
    await expect(refresh()).rejects.toThrow('at once')
    await expect(refresh()).rejects.toThrow('at once')
  })
})
