import { expect, it } from 'vitest'
import { toAmount, toBytes } from './byte-amount.ts'

it.each([
  [null, { text: '', unit: 'GB' }],
  [0, { text: '0', unit: 'MB' }],
  [500_000, { text: '0.5', unit: 'MB' }],
  [5_000_000_000, { text: '5', unit: 'GB' }],
  [2_147_483_648, { text: '2', unit: 'GiB' }],
  [2_147_483_649, { text: '2.147483649', unit: 'GB' }],
  [200_000_000, { text: '200', unit: 'MB' }],
  [1_500_000_000_000, { text: '1.5', unit: 'TB' }],
] as const)('%s bytes stand in a form as %o, and are read back as they were', (bytes, amount) => {
  expect(toAmount(bytes)).toEqual(amount)
  expect(toBytes(amount)).toBe(bytes)
})

it.each(['', ' ', 'many', '-1', '1e30'])('takes %o for no number of bytes', (text) =>
  expect(toBytes({ text, unit: 'GB' })).toBeNull(),
)

it('reads the comma that half of the world writes', () => expect(toBytes({ text: '1,5', unit: 'GB' })).toBe(1.5e9))
