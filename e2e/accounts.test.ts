import { createHmac } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CHANGED, CREATE_UPLOAD, LOGIN, LOGOUT, Person, REFRESH, REGISTER, SEARCH } from './src/api.ts'
import { MODES, startVault, type RunningVault } from './src/vault-process.ts'

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'
const PASSWORD = 'A-long-enough-password-1'

const VERIFY = `mutation ($input: VerifyTwoFactorInput!) { verifyTwoFactor(input: $input) {
  __typename ... on VerifyTwoFactorSuccess { accessToken user { id } } ... on Error { code message } } }`
const BEGIN = `mutation { beginTotpSetup { __typename ... on BeginTotpSetupSuccess { secret uri } ... on Error { code } } }`
const CONFIRM = `mutation ($input: ConfirmTotpSetupInput!) { confirmTotpSetup(input: $input) {
  __typename ... on ConfirmTotpSetupSuccess { backupCodes } ... on Error { code } } }`
const CREATE_TOKEN = `mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) {
  __typename ... on CreateApiTokenSuccess { token apiToken { id name scopes } } ... on Error { code message } } }`
const REVOKE_TOKEN = `mutation ($input: RevokeApiTokenInput!) { revokeApiToken(input: $input) {
  __typename ... on RevokeApiTokenSuccess { apiToken { id } } ... on Error { code } } }`
const RESET = `mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) {
  __typename ... on ResetPasswordSuccess { changed } ... on Error { code } } }`
const REQUEST_RESET = `mutation ($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) {
  __typename ... on RequestPasswordResetSuccess { accepted } ... on Error { code } } }`

describe.each(MODES)('accounts in %s', (mode) => {
  let vault: RunningVault
  beforeAll(async () => {
    vault = await startVault(mode)
  })
  afterAll(() => vault?.stop())

  const account = (name: string) => ({ email: `${name}-${mode.replace(' ', '-')}@example.org`, password: PASSWORD })

  test('signs in with two factors, and gives nothing for one', async () => {
    const input = account('two-factors')
    const eve = new Person(vault.url)
    const registered = await eve.send(REGISTER, { input: { ...input, name: 'Eve' } })
    eve.token = registered.data?.register.accessToken
    const { beginTotpSetup } = await eve.ask(BEGIN)
    expect(beginTotpSetup.uri).toMatch(/^otpauth:\/\/totp\/Archivolt:.+secret=/)
    const { confirmTotpSetup } = await eve.ask(CONFIRM, { input: { code: totpOf(beginTotpSetup.secret) } })
    expect(confirmTotpSetup.backupCodes).toHaveLength(10)

    const half = await new Person(vault.url).send(LOGIN, { input })
    expect(half.data?.login.__typename).toBe('TwoFactorRequired')
    expect(half.setCookies).toEqual([])
    const { challengeId } = half.data?.login ?? {}
    const impostor = new Person(vault.url)
    impostor.token = challengeId
    expect((await impostor.send('{ me { id } }')).status).toBe(401)

    const code = confirmTotpSetup.backupCodes[0]
    const tries = await Promise.all(
      Array.from({ length: 20 }, () => new Person(vault.url).send(VERIFY, { input: { challengeId, code } })),
    )
    const right = tries.filter((reply) => reply.data?.verifyTwoFactor.__typename === 'VerifyTwoFactorSuccess')
    expect(right).toHaveLength(1)
    expect(right[0]?.setCookies[0]).toMatch(
      /^__Host-archivolt_refresh=[^;]+; Path=\/; HttpOnly; SameSite=Strict; Secure;/,
    )
    expect(right[0]?.setCookies[1]).toMatch(
      /^__Host-archivolt_device=[^;]+; Path=\/; HttpOnly; SameSite=Strict; Secure;/,
    )
  })

  test('an access token works in the browser it was given to alone; its refresh cookie brings another', async () => {
    const input = { ...account('browser'), name: 'Browser' }
    const mine = { 'user-agent': CHROME, 'accept-language': 'de-AT,de;q=0.9' }
    const person = new Person(vault.url)
    const reply = await person.send(REGISTER, { input }, mine)
    person.token = reply.data?.register.accessToken
    const ask = async (headers: Record<string, string>) => (await person.send('{ me { name } }', {}, headers)).status
    expect(await ask(mine)).toBe(200)
    expect(await ask({ ...mine, 'user-agent': CHROME.replace('140', '141') })).toBe(200)
    const other = { ...mine, 'user-agent': FIREFOX }
    expect(await ask(other)).toBe(401)
    expect(await ask({ ...mine, 'accept-language': 'fr' })).toBe(401)
    expect(await ask({})).toBe(401)
    person.token = undefined
    person.cookie = reply.setCookies[0]?.split(';')[0]
    const refreshed = await person.send(REFRESH, {}, other)
    person.token = refreshed.data?.refreshSession.accessToken
    expect(await ask(other)).toBe(200)
  })

  test('an API token does what its scopes say over HTTP and WebSocket, until the moment it is revoked', async () => {
    const owner = await new Person(vault.url).register('Owner')
    const made = await owner.ask(CREATE_TOKEN, { input: { name: 'Reader', scopes: ['documents:read'] } })
    const { token, apiToken } = made.createApiToken
    const program = new Person(vault.url)
    program.token = token
    expect((await program.ask(SEARCH)).documents.totalCount).toBe(0)
    expect((await program.ask('{ me { id } }')).me.id).toBe(owner.userId)
    const upload = { input: { filename: 'a.txt', contentType: 'text/plain', size: 1 } }
    expect((await program.send(CREATE_UPLOAD, upload)).errors?.[0]?.extensions?.code).toBe('FORBIDDEN')
    const again = await program.send(CREATE_TOKEN, { input: { name: 'More', scopes: ['documents:write'] } })
    expect(again.errors?.[0]?.extensions?.code).toBe('FORBIDDEN')
    expect((await program.send(LOGOUT)).data?.logout.__typename, 'a token is no session').toBe('SessionEndedError')

    const slip = new Person(vault.url)
    slip.token = token.slice(0, -1) + (token.endsWith('0') ? '1' : '0')
    expect((await slip.send('{ me { id } }')).status).toBe(401)

    const { me } = await owner.ask('{ me { apiTokens { edges { node { id scopes lastUsedAt } } } } }')
    expect(me.apiTokens.edges[0].node).toMatchObject({ id: apiToken.id, scopes: ['documents:read'] })
    expect(me.apiTokens.edges[0].node.lastUsedAt).not.toBeNull()

    const closed = new Promise<number>((resolve) =>
      program.socket.on('closed', (event) => resolve((event as { code: number }).code)),
    )
    void program
      .watch(CHANGED)
      .next()
      .catch(() => {})
    await new Promise((resolve) => program.socket.on('connected', resolve))
    await owner.ask(REVOKE_TOKEN, { input: { apiTokenId: apiToken.id } })
    expect((await program.send('{ me { id } }')).status).toBe(401)
    expect(await closed).toBe(4403)
  })

  test('a forgotten password is chosen anew by the link, which stands in the log of a vault without a mail server', async () => {
    const input = account('forgetful')
    const person = new Person(vault.url)
    await person.send(REGISTER, { input: { ...input, name: 'Forgetful' } })
    const asked = await person.send(REQUEST_RESET, { input: { email: input.email.toUpperCase() } })
    const unknown = await person.send(REQUEST_RESET, { input: { email: 'nobody@example.org' } })
    expect(asked.data).toEqual(unknown.data)
    let token: string | undefined
    for (let round = 0; round < 100 && !token; round++) {
      token = /\/reset-password#token=([\w.-]+)/.exec(vault.output())?.[1]
      if (!token) await sleep(100)
    }
    const password = 'Remembered-from-now-on'
    const reset = () => person.send(RESET, { input: { token, password } })
    expect((await reset()).data?.resetPassword).toMatchObject({ changed: true })
    expect((await reset()).data?.resetPassword).toMatchObject({ code: 'identity.link_expired' })
    expect((await person.send(LOGIN, { input })).data?.login.__typename).toBe('InvalidCredentialsError')
    expect((await person.send(LOGIN, { input: { ...input, password } })).data?.login.__typename).toBe('LoginSuccess')
  })

  test('aliases and arrays do not multiply tries, and foreign headers do not move them elsewhere', async () => {
    const email = account('aliases').email
    const aliases = Array.from({ length: 8 }, (_, at) => `a${at}: login(input: $input) { __typename }`).join(' ')
    const types: string[] = []
    for (let round = 0; round < 3; round++) {
      const reply = await new Person(vault.url).send(
        `mutation ($input: LoginInput!) { ${aliases} }`,
        { input: { email, password: 'wrong' } },
        { 'x-forwarded-for': `203.0.113.${round}`, forwarded: `for=203.0.113.${round}`, 'x-real-ip': '203.0.113.9' },
      )
      types.push(...Object.values(reply.data ?? {}).map((answer: any) => answer.__typename))
    }
    expect(types.filter((type) => type === 'InvalidCredentialsError')).toHaveLength(10)
    expect(types.filter((type) => type === 'RateLimitedError')).toHaveLength(14)
    const batch = await fetch(`${vault.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([{ query: '{ __typename }' }, { query: '{ __typename }' }]),
    })
    expect(batch.status).toBe(400)
  })
})

/** The code of this moment, by RFC 6238 and nobody's library. */
function totpOf(base32: string): string {
  const bits = [...base32].map((digit) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(digit).toString(2).padStart(5, '0'),
  )
  const key = Buffer.from(
    bits
      .join('')
      .match(/.{8}/g)!
      .map((byte) => parseInt(byte, 2)),
  )
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)))
  const mac = createHmac('sha1', key).update(counter).digest()
  const offset = (mac.at(-1) ?? 0) & 15
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}
