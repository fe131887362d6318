import { describe, expect, it } from 'vitest'
import { newKey, putBytes, readALittle, readBytes, someBytes } from '../contract/harness.ts'
import { describeDriver } from '../contract/index.ts'
import { createMemoryDriver } from '../memory/memory.driver.ts'
import { measured, type Measurement } from './measured.ts'

describeDriver('measured', {
  open: async () => ({ driver: measured(createMemoryDriver(), () => {}), close: async () => {} }),
  capabilities: { copy: true, presign: false, multipart: true, checksum: true, freeSpace: false, sweep: false },
})

describe('measured driver', () => {
  it('tells calls, bytes, time and errors', async () => {
    const seen: Measurement[] = []
    const driver = measured(createMemoryDriver(), (measurement) => seen.push(measurement))
    const key = await putBytes(driver, someBytes(1000))
    await readBytes(driver, key)
    await readBytes(driver, key, { start: 0, end: 9 })
    await expect(driver.get(newKey())).rejects.toThrow()
    await Array.fromAsync(driver.list(''))
    expect(seen.map(({ call, bytes, error }) => [call, bytes, error])).toEqual([
      ['put', 1000, null],
      ['get', 1000, null],
      ['get', 10, null],
      ['get', 0, 'storage.object_not_found'],
      ['list', 0, null],
    ])
    expect(seen.every(({ milliseconds }) => milliseconds >= 0)).toBe(true)
  })

  it('counts a reader that leaves early once, and without an error', async () => {
    const seen: Measurement[] = []
    const driver = measured(createMemoryDriver(), (measurement) => seen.push(measurement))
    const key = await putBytes(driver, someBytes(100))
    const stream = await driver.get(key)
    await readALittle(stream)
    await expect.poll(() => seen.length).toBe(2)
    expect(seen[1]).toMatchObject({ call: 'get', error: null })
  })
})
