import { createLocalJWKSet, jwtVerify, SignJWT, type JWK } from 'jose'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openIdentityDatabase, type IdentityDatabase } from '../testing/identity-database.ts'
import { openSigningKeys, PUBLISH_AHEAD_MS } from './signing-keys.ts'

const MINUTE = 60_000
const DAY = 86_400_000
const key = Buffer.alloc(32, 3)
let at: IdentityDatabase
let time: number
const now = () => time
beforeAll(async () => {
  at = await openIdentityDatabase()
})
afterAll(() => at?.drop())
beforeEach(async () => {
  time = Date.parse('2026-01-01T00:00:00Z')
  await at.db.signingKey.deleteMany()
})
const open = () => openSigningKeys(at.db, key, { now, everyMs: DAY })

test('three that start at once make one key, and a wrong SECRET_KEY stops the start', async () => {
  await Promise.all([open(), open(), open()])
  expect(await at.db.signingKey.count()).toBe(1)
  await expect(openSigningKeys(at.db, Buffer.alloc(32, 4), { now })).rejects.toThrow('SECRET_KEY')
})

test('row 8: while keys change, no verifier meets a token it cannot verify', async () => {
  // Two processes that sign, and verifiers that keep the key set they have read for ten minutes, each from another minute on.
  const signers = await Promise.all([open(), open()])
  const published: { at: number; keys: JWK[] }[] = []
  const tokens: { signedAt: number; kid: string; token: string }[] = []
  for (let minute = 0; minute < 150; minute++) {
    if (minute === 30) time += DAY
    time += MINUTE
    if (minute % 10 === 0) await Promise.all(signers.map((signer) => signer.rotate()))
    published.push({ at: time, ...(await signers[0]!.jwks()) })
    for (const signer of signers) {
      const { kid, key: privateKey } = await signer.current()
      const token = await new SignJWT({ minute }).setProtectedHeader({ alg: 'ES256', kid }).sign(privateKey)
      tokens.push({ signedAt: time, kid, token })
    }
  }
  expect(new Set(tokens.map(({ kid }) => kid)).size).toBe(2)
  for (const { signedAt, token } of tokens)
    for (const set of published.filter((each) => each.at >= signedAt - 10 * MINUTE && each.at < signedAt + 15 * MINUTE))
      await expect(jwtVerify(token, createLocalJWKSet(set))).resolves.toBeTruthy()
})

test('the old key is forgotten once its last token has expired, and not before', async () => {
  const keys = await open()
  const first = (await keys.current()).kid
  time += DAY
  await keys.rotate()
  expect((await keys.current()).kid, 'the next one is only published').toBe(first)
  expect((await keys.jwks()).keys).toHaveLength(2)
  time += PUBLISH_AHEAD_MS
  const second = (await keys.current()).kid
  expect(second).not.toBe(first)
  time += 19 * MINUTE
  await keys.rotate()
  expect((await keys.jwks()).keys).toHaveLength(2)
  time += MINUTE
  await keys.rotate()
  expect((await keys.jwks()).keys.map(({ kid }) => kid)).toEqual([second])
  expect(await at.db.signingKey.count()).toBe(1)
})
