import { expect, test } from 'vitest'
import { partCount, partSizeFor, sizeOfPart } from './upload-parts.ts'

const MIB = 1024 ** 2

test('small files come in one piece, large ones in at most a thousand parts', () => {
  expect(partSizeFor(64 * MIB)).toBeNull()
  expect(partSizeFor(64 * MIB + 1)).toBe(32 * MIB)
  for (const size of [100 * MIB, 10 * 1024 * MIB, 5_000_000 * MIB + 1]) {
    const partSize = partSizeFor(size) as number
    expect(partCount(size, partSize)).toBeLessThanOrEqual(1000)
    const sum = Array.from(
      { length: partCount(size, partSize) },
      (_, at) => sizeOfPart(size, partSize, at + 1) as number,
    )
    expect(sum.reduce((total, each) => total + each, 0)).toBe(size)
    expect(Math.min(...sum)).toBeGreaterThan(0)
  }
})

test('there is no part beyond the last, before the first, or in between', () => {
  for (const number of [0, -1, 4, 1.5, Number.NaN]) expect(sizeOfPart(70 * MIB, 32 * MIB, number)).toBeNull()
  expect(sizeOfPart(70 * MIB, 32 * MIB, 3)).toBe(6 * MIB)
  expect(sizeOfPart(64 * MIB, 32 * MIB, 2)).toBe(32 * MIB)
})
