import { expect, it } from 'vitest'
import { mintApiToken } from '@archivolt/kit/identity/api-token'
import { createFindToken, type KnownToken } from './api-tokens.ts'

const client = { ip: '192.0.2.1', userAgent: 'a program' }
const known: KnownToken = {
  viewer: { userId: 'u', role: 'USER', groups: [], scopes: ['documents:read'], sessionId: 't' },
  expiresAt: 9e12,
}

it('asks identity once for many requests, and again after five seconds', async () => {
  let now = 1000
  let asked = 0
  const find = createFindToken(
    async () => (asked++, known),
    () => now,
  )
  const token = mintApiToken()
  expect(await Promise.all(Array.from({ length: 20 }, () => find(token, client)))).toEqual(Array(20).fill(known))
  expect(asked).toBe(1)
  now += 4999
  await find(token, client)
  expect(asked).toBe(1)
  now += 1
  await find(token, client)
  expect(asked).toBe(2)
})

it('asks nobody about a text with a slip in it', async () => {
  const find = createFindToken(() => Promise.reject(new Error('asked')))
  const token = mintApiToken()
  const slip = token.slice(0, -1) + (token.endsWith('0') ? '1' : '0')
  for (const text of [slip, 'avt_', 'avt_x', `${token}0`]) expect(await find(text, client)).toBeNull()
})

it('does not keep a failure', async () => {
  let away = true
  const find = createFindToken(async () => {
    if (away) throw new Error('identity is away')
    return known
  })
  const token = mintApiToken()
  await expect(find(token, client)).rejects.toThrow('away')
  away = false
  expect(await find(token, client)).toBe(known)
})

it('remembers a bounded number of guesses', async () => {
  let asked = 0
  const find = createFindToken(async () => (asked++, null))
  const first = mintApiToken()
  await find(first, client)
  for (let at = 0; at < 10_000; at++) await find(mintApiToken(), client)
  await find(first, client)
  expect(asked).toBe(10_002)
})
