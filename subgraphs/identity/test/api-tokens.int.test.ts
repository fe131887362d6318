import { hashApiToken } from '@archivolt/kit/identity/api-token'
import { graphql } from 'graphql'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { schema } from '../src/graph/schema.ts'
import { openTestAccounts, outcome, type TestAccounts } from './support/accounts.ts'

const DAY = 86_400_000
let at: TestAccounts
beforeAll(async () => {
  at = await openTestAccounts()
})
afterAll(() => at?.close())
beforeEach(() => at.forget())

const lookUp = (token: string) => at.accounts.lookUpApiToken(hashApiToken(token) ?? '', '192.0.2.7')

describe('row 37: API tokens', () => {
  test('are shown once: the database holds a hash', async () => {
    const { viewer, device } = await at.person()
    const { token, apiToken } = await at.createApiToken(
      { name: 'Scanner', scopes: ['documents:write'] },
      viewer,
      device,
    )
    expect(token).toMatch(/^avt_[0-9A-Za-z]{36}$/)
    const everything = await at.database.asSuperuser(
      'SELECT to_json(a) FROM api_tokens a UNION ALL SELECT to_json(o) FROM outbox o',
    )
    expect(JSON.stringify(everything.rows)).not.toContain(token.slice(8))
    expect(Buffer.from(apiToken.hash).toString('hex')).toBe(hashApiToken(token))
    expect((await at.mails()).map((mail) => mail.template)).toContain('api-token-created')
  })

  test('say whose they are and what they may, and when they were used last, to the minute', async () => {
    const { viewer, device, user } = await at.person()
    const { token, apiToken } = await at.createApiToken(
      { name: 'Reader', scopes: ['documents:read', 'documents:read'] },
      viewer,
      device,
    )
    expect(await lookUp(token)).toEqual({
      viewer: { userId: user.id, role: 'USER', groups: [], scopes: ['documents:read'], sessionId: apiToken.id },
      expiresAt: at.clock.now + 90 * DAY,
    })
    const lastUsed = async () =>
      (await at.db.apiToken.findUniqueOrThrow({ where: { id: apiToken.id } })).lastUsedAt?.getTime()
    const first = at.clock.now
    expect(await lastUsed()).toBe(first)
    at.clock.now += 59_000
    await lookUp(token)
    expect(await lastUsed()).toBe(first)
    at.clock.now += 1000
    await lookUp(token)
    expect(await lastUsed()).toBe(at.clock.now)
  })

  test('end by their time, by revocation and with their person', async () => {
    const { viewer, device, user } = await at.person()
    const make = async (days: number) =>
      await at.createApiToken(
        { name: 'T', scopes: ['documents:read'], expiresAt: new Date(at.clock.now + days * DAY) },
        viewer,
        device,
      )
    const short = await make(1)
    const long = await make(300)
    at.clock.now += DAY
    expect(await lookUp(short.token)).toBeNull()
    expect(await lookUp(long.token)).not.toBeNull()
    await at.db.user.update({ where: { id: user.id }, data: { active: false } })
    expect(await lookUp(long.token)).toBeNull()
    await at.db.user.update({ where: { id: user.id }, data: { active: true } })
    await at.revokeApiToken(long.apiToken.id, viewer, device)
    await at.revokeApiToken(long.apiToken.id, viewer, device)
    expect(await lookUp(long.token)).toBeNull()
    expect(at.revoked, 'refused at once by whoever remembers it').toContain(`session:${long.apiToken.id}`)
    expect((await at.events()).filter((event) => event.type === 'identity.api-token.revoked')).toHaveLength(1)
  })

  test('cannot be revoked by another person, nor ask for what their person may not', async () => {
    const [ada, bob] = [await at.person(), await at.person()]
    const { apiToken } = await at.createApiToken({ name: 'T', scopes: ['documents:read'] }, ada.viewer, ada.device)
    expect(await outcome(at.revokeApiToken(apiToken.id, bob.viewer, bob.device))).toBe('NotFoundError')
    const make = (scopes: string[], viewer = ada.viewer) =>
      outcome(at.createApiToken({ name: 'T', scopes }, viewer, ada.device))
    expect(await make(['storage:admin'])).toBe('InvalidInputError')
    expect(await make(['storage:admin'], { ...ada.viewer, groups: ['storage-admin'] })).toBe('ok')
    for (const scopes of [[], ['everything'], ['identity:admin'], ['documents:read', 'constructor']])
      expect(await make(scopes)).toBe('InvalidInputError')
    for (const days of [-1, 0, 367])
      expect(
        await outcome(
          at.createApiToken(
            { name: 'T', scopes: ['documents:read'], expiresAt: new Date(at.clock.now + days * DAY) },
            ada.viewer,
            ada.device,
          ),
        ),
      ).toBe('InvalidInputError')
  })

  test('are fifty a person at most, also when made at once', async () => {
    const { viewer, device } = await at.person()
    const results = await Promise.all(
      Array.from({ length: 60 }, () =>
        outcome(at.createApiToken({ name: 'T', scopes: ['documents:read'] }, viewer, device)),
      ),
    )
    expect(results.filter((result) => result === 'ok')).toHaveLength(50)
  })

  test('never touch tokens, passwords, second factors, addresses or sessions, whatever their scopes', async () => {
    const { viewer } = await at.person()
    const token = { ...viewer, role: 'ADMIN' as const, scopes: ['documents:read', 'storage:admin', 'identity:admin'] }
    const context = {
      viewer: token,
      identity: { caller: 'gateway', viewer: token, requestId: 'r', client: { ip: '192.0.2.1', userAgent: 'x' } },
      usecases: new Proxy({}, { get: (_target, name) => () => expect.unreachable(String(name)) }),
    }
    const inputs: Record<string, string> = {
      createApiToken: '{name: "x", scopes: ["documents:read"]}',
      revokeApiToken: '{apiTokenId: "x"}',
      changePassword: '{currentPassword: "x", newPassword: "y"}',
      requestEmailChange: '{email: "x@example.org"}',
      confirmTotpSetup: '{code: "1"}',
      disableTotp: '{password: "x", code: "1"}',
      reauthenticate: '{password: "x"}',
      endSession: '{sessionId: "x"}',
      beginTotpSetup: '',
      regenerateBackupCodes: '',
      logoutEverywhere: '',
    }
    for (const [name, input] of Object.entries(inputs)) {
      const source = `mutation { ${name}${input && `(input: ${input})`} { __typename } }`
      const { errors } = await graphql({ schema, source, contextValue: context })
      expect([name, errors?.[0]?.extensions.code]).toEqual([name, 'FORBIDDEN'])
    }
  })

  test('do not see the sessions, tokens and second factor of their person', async () => {
    const { viewer } = await at.person()
    const context = {
      viewer: { ...viewer, scopes: ['documents:read'] },
      db: at.db,
      usecases: { now: () => at.clock.now },
    }
    for (const field of [
      'sessions { totalCount: edges { cursor } }',
      'apiTokens { edges { cursor } }',
      'twoFactor { enabled }',
    ]) {
      const { data, errors } = await graphql({ schema, source: `{ me { id ${field} } }`, contextValue: context })
      expect(errors?.[0]?.extensions.code, field).toBe('FORBIDDEN')
      expect(JSON.stringify(data)).not.toContain('edges')
    }
  })
})

test('a person sees their own sessions, with device and last use', async () => {
  const { viewer, device } = await at.person()
  const context = { viewer, db: at.db, usecases: { now: () => at.clock.now } }
  const source =
    '{ me { sessions(first: 10) { edges { node { device ip current lastUsedAt } } } twoFactor { enabled backupCodesLeft } apiTokens { edges { node { id } } } } }'
  const { data, errors } = await graphql({ schema, source, contextValue: context })
  expect(errors).toBeUndefined()
  expect(JSON.parse(JSON.stringify(data))).toEqual({
    me: {
      sessions: {
        edges: [
          {
            node: {
              device: 'Chrome on Windows',
              ip: device.ip,
              current: true,
              lastUsedAt: new Date(at.clock.now).toISOString(),
            },
          },
        ],
      },
      twoFactor: { enabled: false, backupCodesLeft: 0 },
      apiTokens: { edges: [] },
    },
  })
})
