import { jwtVerify } from 'jose'
import { afterEach, expect, it, vi } from 'vitest'
import { createIssuer } from '../../test/support/tokens.ts'
import { createKeySet } from './key-set.ts'

afterEach(() => void vi.useRealTimers())

it('fetches once, however many tokens and unknown ids arrive within the cooldown', async () => {
  const issuer = await createIssuer()
  let fetched = 0
  const keys = createKeySet(async () => (fetched++, issuer.jwks))
  await Promise.all(Array.from({ length: 20 }, async () => jwtVerify(await issuer.token(), keys)))
  for (let i = 0; i < 20; i++)
    await expect(jwtVerify(await issuer.token({}, { kid: `unknown-${i}` }), keys)).rejects.toThrow()
  expect(fetched).toBe(1)
})

it('finds a new key after the cooldown, and forgets a dropped one when the set is old', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  const [one, two] = [await createIssuer('k1'), await createIssuer('k2')]
  let published = one.jwks
  const keys = createKeySet(async () => published)
  await jwtVerify(await one.token(), keys)
  published = { keys: [...one.jwks.keys, ...two.jwks.keys] }
  vi.advanceTimersByTime(30_001)
  await jwtVerify(await two.token(), keys)
  await jwtVerify(await one.token(), keys)
  published = two.jwks
  vi.advanceTimersByTime(600_001)
  await jwtVerify(await two.token(), keys)
  await expect(jwtVerify(await one.token(), keys)).rejects.toThrow()
})
