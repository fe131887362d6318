import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { decodeJwt, SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { createGrants } from './grant.ts'
import { deriveKey, serviceKeys } from './keys.ts'
import { createSigner } from './sign.ts'
import { createVerifier } from './verify.ts'

const secret = 's'.repeat(40)
const keys = serviceKeys(secret)
const call = { method: 'POST', path: '/graphql', body: '{"query":"{ me { id } }"}' }
const identity = {
  viewer: { userId: 'u', role: 'USER' as const, groups: ['family'], scopes: null, sessionId: 's' },
  requestId: 'r',
  client: { ip: '127.0.0.1', userAgent: 'test' },
}
let time = Date.parse('2026-01-01T00:00:00Z')
const now = () => time
const sign = createSigner('gateway', keys, now)

test('an identity says who calls, for whom', async () => {
  const verify = createVerifier('storage', keys, now)
  expect(await verify(await sign('storage', identity, call), call)).toEqual({ caller: 'gateway', ...identity })
})

test.each([
  ['no token', async () => undefined],
  ['garbage', async () => 'a.b.c'],
  ['another audience', () => sign('documents', identity, call)],
  ['another body', () => sign('storage', identity, { ...call, body: '{}' })],
  ['another path', () => sign('storage', identity, { ...call, path: '/internal/uploads' })],
  ['another method', () => sign('storage', identity, { ...call, method: 'GET' })],
  [
    'the key of another vault',
    () => createSigner('gateway', serviceKeys('t'.repeat(40)), now)('storage', identity, call),
  ],
  ['no signature', async () => `${(await sign('storage', identity, call)).split('.').slice(0, 2).join('.')}.`],
  [
    'the algorithm none',
    async () => {
      const [, payload] = (await sign('storage', identity, call)).split('.')
      return `${Buffer.from('{"alg":"none","typ":"identity+jwt"}').toString('base64url')}.${payload}.`
    },
  ],
  [
    'the public key as an HMAC secret',
    async () => {
      const payload = decodeJwt(await sign('storage', identity, call))
      const pem = keys.publicKey.export({ type: 'spki', format: 'pem' }) as string
      return new SignJWT(payload).setProtectedHeader({ alg: 'HS256', typ: 'identity+jwt' }).sign(Buffer.from(pem))
    },
  ],
  [
    'another type of token',
    async () => {
      const payload = decodeJwt(await sign('storage', identity, call))
      return new SignJWT(payload).setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt' }).sign(keys.privateKey)
    },
  ],
  [
    'a key inside the token',
    async () => {
      const own = generateKeyPairSync('ed25519')
      const payload = decodeJwt(await sign('storage', identity, call))
      const jwk = createPublicKey(own.privateKey).export({ format: 'jwk' })
      return new SignJWT(payload)
        .setProtectedHeader({ alg: 'EdDSA', typ: 'identity+jwt', jwk: jwk as never })
        .sign(own.privateKey)
    },
  ],
])('a call with %s is refused', async (_what, token) => {
  const verify = createVerifier('storage', keys, now)
  await expect(verify(await token(), call)).rejects.toMatchObject({ code: 'identity_refused' })
})

test('an identity works once, for a minute', async () => {
  const verify = createVerifier('storage', keys, now)
  const token = await sign('storage', identity, call)
  await verify(token, call)
  await expect(verify(token, call)).rejects.toThrow('used before')
  const late = await sign('storage', identity, call)
  time += 66_000
  await expect(verify(late, call)).rejects.toThrow('invalid or expired')
})

test('the same secret gives the same keys, another purpose another key', () => {
  expect(serviceKeys(secret).publicKey.equals(keys.publicKey)).toBe(true)
  expect(deriveKey(secret, 'a').equals(deriveKey(secret, 'b'))).toBe(false)
})

test('a grant is worth something to its person, for its subject, for its time', () => {
  const grants = createGrants(deriveKey(secret, 'grants'), now)
  const grant = { subject: 'Document:1', userId: 'u', level: 'VIEW' as const, facts: { blobId: 'b' } }
  const token = grants.mint(grant)
  expect(grants.check(token, 'Document:1', 'u')).toEqual(grant)
  expect(grants.check(token, 'Document:2', 'u')).toBeNull()
  expect(grants.check(token, 'Document:1', 'v')).toBeNull()
  expect(grants.check(token, 'Document:1', undefined)).toBeNull()
  expect(grants.check(`${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`, 'Document:1', 'u')).toBeNull()
  expect(grants.check(undefined, 'Document:1', 'u')).toBeNull()
  expect(createGrants(deriveKey('other', 'grants'), now).check(token, 'Document:1', 'u')).toBeNull()
  time += 6 * 60_000
  expect(grants.check(token, 'Document:1', 'u')).toBeNull()
})
