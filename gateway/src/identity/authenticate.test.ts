import { createHmac, randomUUID } from 'node:crypto'
import { base64url, exportJWK, exportSPKI, generateKeyPair, SignJWT, type JWTPayload } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { mintApiToken } from '@archivolt/kit/identity/api-token'
import { createFakePeople } from '../../test/support/people.ts'
import { createIssuer, USER_ID } from '../../test/support/tokens.ts'
import { createAuthenticator, type Authenticator } from './authenticate.ts'
import { createKeySet } from './key-set.ts'
import { createPeople } from './people.ts'

const NOW = 1_800_000_000_000
const seconds = NOW / 1000

describe('authentication', () => {
  let issuer: Awaited<ReturnType<typeof createIssuer>>
  let authenticator: Authenticator
  let now = NOW
  const revoked = new Set<string>()
  const seen = { ip: '192.0.2.1', userAgent: 'one browser' }
  const said = createFakePeople()
  const client = {
    isFrom: (fingerprint: string, { userAgent }: { userAgent: string }) => fingerprint === userAgent,
    findToken: async () => null,
    people: createPeople(async (claimed) => said.of(claimed)),
  }
  beforeAll(async () => {
    issuer = await createIssuer()
    authenticator = createAuthenticator({
      keys: createKeySet(async () => issuer.jwks),
      revoked: { has: async (keys) => keys.some((key) => revoked.has(key)) },
      ...client,
      now: () => now,
    })
  })
  const token = (claims: JWTPayload = {}, header = {}) =>
    issuer.token({ iat: seconds, exp: seconds + 900, ...claims }, header)
  const outcome = (authorization: string) =>
    authenticator.authenticate(authorization, seen).then(
      () => 'accepted',
      (error) => [error.extensions.code, error.extensions.http.status],
    )
  const REFUSED = ['UNAUTHENTICATED', 401]
  const encode = (value: unknown) => base64url.encode(JSON.stringify(value))

  it('is nobody without a token', async () => {
    expect(await authenticator.authenticate(undefined, seen)).toBeNull()
  })

  it('says who a token is for', async () => {
    const authorization = `Bearer ${await token({ role: 'ADMIN', groups: ['staff'], sid: 's9', jti: 't9' })}`
    expect(await authenticator.authenticate(authorization, seen)).toEqual({
      viewer: { userId: USER_ID, role: 'ADMIN', groups: ['staff'], groupIds: [], scopes: null, sessionId: 's9' },
      apps: new Set(),
      stamps: [`person:${USER_ID}:0`],
      tokenId: 't9',
      expiresAt: NOW + 905_000,
    })
  })

  it.each([
    ['another issuer', { iss: 'other' }],
    ['another audience', { aud: 'documents' }],
    ['no subject', { sub: undefined }],
    ['a subject that is no user id', { sub: '../admin' }],
    ['no session', { sid: undefined }],
    ['no token id', { jti: undefined }],
    ['no expiry', { exp: undefined }],
    ['an unknown role', { role: 'ROOT' }],
    ['groups that are no list', { groups: 'admins' }],
    ['a start in the future', { nbf: seconds + 60 }],
  ])('refuses %s', async (_name, claims) => {
    expect(await outcome(`Bearer ${await token(claims)}`)).toEqual(REFUSED)
  })

  it.each(['JWT', 'refresh+jwt', 'identity+jwt', undefined])('refuses the token type %s', async (typ) => {
    expect(await outcome(`Bearer ${await token({}, { typ })}`)).toEqual(REFUSED)
  })

  it('takes no refresh token, challenge or link of a mail for an access token', async () => {
    const id = '01890000-0000-7000-8000-000000000001'
    const mac = 'A'.repeat(43)
    for (const other of [`${id}.3.${mac}`, id, `${id}.${mac}`, 'abcde-fghjk', '123456'])
      expect(await outcome(`Bearer ${other}`)).toEqual(REFUSED)
  })

  it('refuses every algorithm but ES256', async () => {
    const claims = encode(issuer.payload({ exp: seconds + 900 }))
    for (const alg of ['none', 'None', 'NONE', 'nOnE']) {
      expect(await outcome(`Bearer ${encode({ alg, typ: 'at+jwt', kid: 'k1' })}.${claims}.`)).toEqual(REFUSED)
    }
    const head = encode({ alg: 'HS256', typ: 'at+jwt', kid: 'k1' })
    const mac = createHmac('sha256', await exportSPKI(issuer.publicKey))
      .update(`${head}.${claims}`)
      .digest('base64url')
    expect(await outcome(`Bearer ${head}.${claims}.${mac}`)).toEqual(REFUSED)
    const rsa = await generateKeyPair('RS256')
    const signed = await new SignJWT(issuer.payload({ exp: seconds + 900 }))
      .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: 'k1' })
      .sign(rsa.privateKey)
    expect(await outcome(`Bearer ${signed}`)).toEqual(REFUSED)
  })

  it('takes no key from the token itself, and none without an id', async () => {
    const own = await generateKeyPair('ES256', { extractable: true })
    const jwk = await exportJWK(own.publicKey)
    for (const header of [
      { kid: 'k1', jwk },
      { kid: 'k1', jku: 'https://evil.example/keys' },
      { kid: '../../dev/null' },
      { kid: "' OR 1=1" },
      { jwk },
    ]) {
      const signed = await new SignJWT(issuer.payload({ exp: seconds + 900 }))
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', ...header })
        .sign(own.privateKey)
      expect(await outcome(`Bearer ${signed}`)).toEqual(REFUSED)
    }
    expect(await outcome(`Bearer ${await token({}, { kid: undefined })}`)).toEqual(REFUSED)
  })

  it('refuses stripped, blank and changed signatures', async () => {
    const [head, claims, signature] = (await token()).split('.') as [string, string, string]
    const psychic = Buffer.alloc(64).toString('base64url')
    for (const forged of [
      `${head}.${claims}`,
      `${head}.${claims}.`,
      `${head}.${claims}.${psychic}`,
      `${head}.${encode(issuer.payload({ role: 'ADMIN' }))}.${signature}`,
      '',
      'x',
      'a.b.c',
    ]) {
      expect(await outcome(`Bearer ${forged}`)).toEqual(REFUSED)
    }
    expect(await outcome('Basic eDp5')).toEqual(REFUSED)
  })

  it('bounds the difference of clocks to five seconds', async () => {
    const authorization = `Bearer ${await token({ exp: seconds })}`
    const at = async (offset: number) => {
      now = NOW + offset * 1000
      return outcome(authorization).finally(() => (now = NOW))
    }
    expect([await at(-1), await at(0), await at(4)]).toEqual(['accepted', 'accepted', 'accepted'])
    expect([await at(5), await at(6)]).toEqual([REFUSED, REFUSED])
  })

  it('knows a revoked token in any encoding of its signature', async () => {
    const text = await token({ jti: 'stolen' })
    const [head, claims, signature] = text.split('.') as [string, string, string]
    const bytes = Buffer.from(signature, 'base64url')
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
    const mirrored = (order - BigInt(`0x${bytes.subarray(32).toString('hex')}`)).toString(16).padStart(64, '0')
    const other = Buffer.concat([bytes.subarray(0, 32), Buffer.from(mirrored, 'hex')]).toString('base64url')
    expect(await outcome(`Bearer ${head}.${claims}.${other}`)).toBe('accepted')
    revoked.add('token:stolen')
    for (const again of [text, `${head}.${claims}.${other}`, `${text}==`])
      expect(await outcome(`Bearer ${again}`)).toEqual(REFUSED)
  })

  it('knows a session that has ended', async () => {
    revoked.add('session:over')
    expect(await outcome(`Bearer ${await token({ sid: 'over' })}`)).toEqual(REFUSED)
  })

  it('believes identity of now, not the token of then, from the next request on', async () => {
    const sub = randomUUID()
    const authorization = `Bearer ${await token({ sub, role: 'ADMIN', groups: ['staff'] })}`
    const asked = said.asked()
    const before = await authenticator.authenticate(authorization, seen)
    expect(before?.viewer).toMatchObject({ role: 'ADMIN', groups: ['staff'] })
    await authenticator.authenticate(authorization, seen)
    expect(said.asked(), 'remembered as long as nothing has changed').toBe(asked + 1)
    revoked.add(said.change(sub, { role: 'USER', groups: [], groupIds: [], apps: ['notes'] }))
    await expect(authenticator.check(before!)).rejects.toMatchObject({ extensions: { code: 'UNAUTHENTICATED' } })
    const after = await Promise.all([1, 2, 3].map(() => authenticator.authenticate(authorization, seen)))
    for (const session of after)
      expect(session).toMatchObject({ viewer: { role: 'USER', groups: [] }, apps: new Set(['notes']) })
    await authenticator.check(after[0]!)
    expect(said.asked(), 'once for all who noticed').toBe(asked + 2)
    revoked.add(said.change(sub, { active: false }))
    expect(await outcome(authorization)).toEqual(REFUSED)
  })

  it('refuses when nobody says what the person may do, and remembers no failure', async () => {
    let away = true
    const asking = createAuthenticator({
      keys: createKeySet(async () => issuer.jwks),
      revoked: { has: async () => false },
      ...client,
      people: createPeople(async (claimed) => {
        if (away) throw new Error('connect ECONNREFUSED')
        return said.of(claimed)
      }),
      now: () => now,
    })
    const authorization = `Bearer ${await token({ sub: randomUUID() })}`
    await expect(asking.authenticate(authorization, seen)).rejects.toMatchObject({
      extensions: { code: 'UNAVAILABLE' },
    })
    away = false
    expect(await asking.authenticate(authorization, seen)).not.toBeNull()
    const nobody = createAuthenticator({
      keys: createKeySet(async () => issuer.jwks),
      revoked: { has: async () => false },
      ...client,
      people: createPeople(async () => null),
      now: () => now,
    })
    await expect(nobody.authenticate(authorization, seen)).rejects.toMatchObject({
      extensions: { code: 'UNAUTHENTICATED' },
    })
  })

  it('refuses a token that was carried off to another browser', async () => {
    const authorization = `Bearer ${await token({ fgp: 'one browser' })}`
    expect(await outcome(authorization)).toBe('accepted')
    const elsewhere = authenticator.authenticate(authorization, { ...seen, userAgent: 'another' })
    await expect(elsewhere).rejects.toMatchObject({ extensions: { code: 'UNAUTHENTICATED', http: { status: 401 } } })
  })

  it('takes an API token for the person and the scopes identity says, until it expires or is revoked', async () => {
    const viewer = { userId: USER_ID, role: 'USER' as const, groups: [], scopes: ['documents:read'], sessionId: 'api1' }
    const good = mintApiToken()
    const programs = createAuthenticator({
      keys: createKeySet(async () => issuer.jwks),
      revoked: { has: async (keys) => keys.some((key) => revoked.has(key)) },
      ...client,
      people: createPeople(async (claimed) => said.of(claimed)),
      findToken: async (text) => (text === good ? { viewer, expiresAt: NOW + 1000 } : null),
      now: () => now,
    })
    const ask = (text: string) => programs.authenticate(`Bearer ${text}`, seen)
    expect(await ask(good)).toMatchObject({ viewer, expiresAt: NOW + 1000 })
    await expect(ask(mintApiToken())).rejects.toMatchObject({ extensions: { code: 'UNAUTHENTICATED' } })
    now += 1000
    await expect(ask(good)).rejects.toMatchObject({ extensions: { code: 'UNAUTHENTICATED' } })
    now -= 1000
    revoked.add('session:api1')
    await expect(ask(good)).rejects.toMatchObject({ extensions: { code: 'UNAUTHENTICATED' } })
    const away = createAuthenticator({
      keys: createKeySet(async () => issuer.jwks),
      revoked: { has: async () => false },
      ...client,
      findToken: async () => Promise.reject(new Error('identity is away')),
    })
    await expect(away.authenticate(`Bearer ${good}`, seen)).rejects.toMatchObject({
      extensions: { code: 'UNAVAILABLE', http: { status: 503 } },
    })
  })

  it('refuses, and says why, while the list of revoked tokens or the keys cannot be read', async () => {
    const away = async () => {
      throw new Error('connect ECONNREFUSED')
    }
    const authorization = `Bearer ${await token()}`
    const withoutList = createAuthenticator({
      keys: createKeySet(async () => issuer.jwks),
      revoked: { has: away },
      ...client,
      now: () => now,
    })
    const withoutKeys = createAuthenticator({
      keys: createKeySet(away),
      revoked: { has: async () => false },
      ...client,
      now: () => now,
    })
    for (const broken of [withoutList, withoutKeys]) {
      await expect(broken.authenticate(authorization, seen)).rejects.toMatchObject({
        extensions: { code: 'UNAVAILABLE', http: { status: 503 } },
      })
    }
  })
})
