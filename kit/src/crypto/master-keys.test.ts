import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { BadMasterKeyError } from './crypto.errors.ts'
import { parseMasterKey } from './master-keys.ts'
import { createSealer } from './sealed.ts'

const key = Buffer.concat([Buffer.from([0xfb, 0xff, 0xfe]), randomBytes(29)])

it.each([
  ['hexadecimal digits', key.toString('hex')],
  ['capital digits', key.toString('hex').toUpperCase()],
  ['base64', key.toString('base64')],
  ['base64 without padding', key.toString('base64').replace('=', '')],
  ['base64url', key.toString('base64url')],
  ['the line that openssl prints', `${key.toString('base64')}\n`],
])('a master key may be given as %s', (_what, text) => {
  expect(parseMasterKey(text).equals(key)).toBe(true)
})

it.each([
  ['nothing', ''],
  ['31 bytes', key.subarray(1).toString('base64')],
  ['33 bytes', Buffer.concat([key, key.subarray(0, 1)]).toString('base64')],
  ['63 digits', key.toString('hex').slice(1)],
  ['a passphrase of 32 letters', 'correct horse battery staple, ok'],
  ['a slip in a digit', `${key.toString('hex').slice(1)}g`],
])('%s is no master key, and the error does not repeat it', (_what, text) => {
  expect(() => parseMasterKey(text)).toThrow(BadMasterKeyError)
  if (text === '') return
  expect(() => parseMasterKey(text)).toThrow(expect.not.objectContaining({ message: expect.stringContaining(text) }))
})

it('keys of the wrong length and versions that are no versions are refused at once', () => {
  expect(() => createSealer({ current: { version: 1, key: key.subarray(1) } })).toThrow(BadMasterKeyError)
  expect(() => createSealer({ current: { version: 0, key } })).toThrow('whole number from 1')
  expect(() => createSealer({ current: { version: 1, key }, previous: [{ version: 1, key }] })).toThrow('version 1')
})
