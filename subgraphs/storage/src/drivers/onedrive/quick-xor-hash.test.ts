import { expect, it } from 'vitest'
import { createQuickXorHash } from './quick-xor-hash.ts'

function hash(bytes: Buffer, step = bytes.length || 1): string {
  const quick = createQuickXorHash()
  for (let at = 0; at < bytes.length; at += step) quick.update(bytes.subarray(at, at + step))
  return quick.digest()
}

it.for([
  ['', 'AAAAAAAAAAAAAAAAAAAAAAAAAAA='],
  ['Sg==', 'SgAAAAAAAAAAAAAAAQAAAAAAAAA='],
  ['tbQ=', 'taAFAAAAAAAAAAAAAgAAAAAAAAA='],
  ['eAV52qE=', 'eChAHrQRCgAAAAAABQAAAAAAAAA='],
  ['vPgoDjOfO6fm71RxLw==', 'vMAHChwwg0/s4BTmdQcV4vACAAA='],
  ['2fuxhBJXtpWFe8dOfdGeHw==', 'O9tHLAghgSvYohKFyMMxnNCHaHg='],
  [
    'ikwCorI7PKWz17EI50jZCGbV9JU2E8bXVfxNMg5zdmqSZ2NlsQPp0kqYIPjzwTg1MBtfWPg53k0h0P2naJNEVgrqpoHTfV2b3pJ4m0zYPTJmUX4Bg/lOxcnCxAYKU29Y5F0U8Quz7ZXFBEweftXxJ7RS4r6N7BzJrPsLhY7hgck=',
    'imAoFvCWlDn4yVw3/oq1PDbbm6U=',
  ],
] as const)('hashes %s as the service does', ([input, expected]) => {
  const bytes = Buffer.from(input, 'base64')
  expect(hash(bytes)).toBe(expected)
  expect(hash(bytes, 3)).toBe(expected)
})

it('hashes pieces as the whole', () => {
  const bytes = Buffer.from(Array.from({ length: 100_003 }, (_, index) => (index * 31 + (index >> 7)) % 256))
  expect(hash(bytes, 777)).toBe(hash(bytes))
})
