import { expect, it } from 'vitest'
import { createOrigins } from './origins.ts'

const origins = createOrigins(['https://vault.example', 'https://app.example'])

it.each([
  [undefined, 'anything', true],
  ['https://app.example', 'vault.example', true],
  ['http://192.168.1.5:4000', '192.168.1.5:4000', true],
  ['http://192.168.1.5:4001', '192.168.1.5:4000', false],
  ['null', 'vault.example', false],
  ['https://app.example.evil', 'vault.example', false],
  ['https://vault.example.', 'vault.example', false],
  ['https://evil.example', undefined, false],
])('a page of %s at %s may call: %s', (origin, host, expected) => expect(origins.mayCall(origin, host)).toBe(expected))

it('lets only listed pages read across', () => {
  expect(origins.mayReadAcross('https://app.example')).toBe(true)
  expect(origins.mayReadAcross('http://192.168.1.5:4000')).toBe(false)
})
