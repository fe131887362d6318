import { randomUUID } from 'node:crypto'
import { parseAllowedNetworks } from '@archivolt/kit/net/allowed-networks'
import type { Viewer } from '@archivolt/kit/identity/identity'
import { serviceKeys } from '@archivolt/kit/identity/keys'
import { createSigner } from '@archivolt/kit/identity/sign'
import { createVerifier } from '@archivolt/kit/identity/verify'
import { createLogger } from '@archivolt/kit/log/logger'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { mayUse } from '../access/access.ts'
import { accessChanges } from '../access/access-changes.ts'
import { ensureAdminGroups } from '../groups/usecases/ensure-admin-groups.ts'
import { announceEnds, unitOfWork } from '../sessions/unit-of-work.ts'
import { openIdentityDatabase, type IdentityDatabase } from '../testing/identity-database.ts'
import { askFeature } from './ask-feature.ts'
import { featureManifest, startFeature, type Feature } from './feature.emulator.ts'
import { openFeatureDoor } from './fetch-json.ts'
import { mergePatch } from './merge-patch.ts'
import { seenPlugins } from './seen-plugins.ts'
import { approvePluginAccess } from './usecases/approve-access.ts'
import { keepFeatures } from './usecases/keep-feature.ts'
import { pollPlugins } from './usecases/poll-plugins.ts'
import { updatePluginSettings } from './usecases/update-settings.ts'

const log = createLogger('test', { level: 'silent', pretty: false })
const keys = serviceKeys('a secret of at least thirty-two characters')
const now = Date.now
const claimed = new Set<string>()
const told: string[] = []
const replay = {
  claim: async (key: string) => Boolean(claimed.add(key)),
  has: async (asked: readonly string[]) => asked.some((key) => claimed.has(key)),
}
const pubsub = {
  publish: async (channel: string, message: string) => void told.push(`${channel} ${message}`),
  subscribe: async () => {
    throw new Error('not used')
  },
  close: async () => {},
}
const outbox = { kick: () => {} }
const door = openFeatureDoor()
const ask = askFeature({ fetchJson: door.fetchJson, sign: createSigner('identity', keys) })
const SCHEMA = {
  type: 'object',
  properties: { perPage: { type: 'integer', minimum: 1 }, token: { type: 'string', writeOnly: true } },
  additionalProperties: false,
}
const SDL = 'type Query { notes: [String!]! }'

let at: IdentityDatabase
let feature: Feature
let urls: string[]
let changes: ReturnType<typeof accessChanges>
beforeAll(async () => {
  at = await openIdentityDatabase()
  changes = accessChanges({ replay, pubsub, log })
})
afterAll(async () => {
  await door.close()
  await at.drop()
})
beforeEach(async () => {
  await at.asSuperuser('TRUNCATE users, groups, plugins, services, app_grants, outbox CASCADE')
  told.length = 0
  let values: Record<string, unknown> = { perPage: 20 }
  feature = await startFeature({
    'GET /plugin/manifest': () => featureManifest('notes', { settings: true, subgraph: true }),
    'GET /health': () => ({ status: 'ok' }),
    'POST /graphql': () => ({ data: { _service: { sdl: SDL } } }),
    'GET /plugin/settings': () => ({ schema: SCHEMA, values }),
    'PATCH /plugin/settings': (_request, body) => {
      values = mergePatch(values, JSON.parse(body)) as typeof values
      return { schema: SCHEMA, values }
    },
  })
  urls = [feature.url]
})
afterEach(() => feature.close())

const poll = () =>
  pollPlugins({
    ...{ db: at.db, log, pubsub, ask, now },
    keep: keepFeatures({ db: at.db, changes, outbox, now }),
    ensureAdminGroups: ensureAdminGroups({ db: at.db }),
    targets: () => urls.map((url) => ({ name: url, url, builtIn: false })),
  })()
const plugin = () => at.db.plugin.findUnique({ where: { id: 'notes' } })
const service = (url = feature.url) => at.db.service.findUnique({ where: { name: url } })
const events = async () =>
  (await at.db.outbox.findMany({ orderBy: { createdAt: 'asc' } })).map((row) => (row.payload as { type: string }).type)

test('a registered feature appears with its group, its health and its schema', async () => {
  await poll()
  expect(await plugin()).toMatchObject({
    ...{ name: 'Reading notes', version: '1.0.0', health: 'OK', healthMessage: null, sdl: SDL, hasSettings: true },
    ...{ allowSuperuser: true, requiredGroups: ['notes-admin'], builtIn: false },
  })
  expect(await at.db.group.findMany()).toMatchObject([{ name: 'notes-admin', builtIn: true }])
  const { id } = (await service())!
  expect(told).toEqual(expect.arrayContaining(['plugins changed', `service-health ${id}`, 'people *']))
  expect(await events()).toEqual(['identity.plugin.registered'])
  told.length = 0
  await Promise.all([poll(), poll(), poll()])
  expect(told, 'nothing has changed').toEqual([])
  expect(await at.db.plugin.count()).toBe(1)
  feature.answers['POST /graphql'] = () => ({ data: { _service: { sdl: 'type Query { other: Int }' } } })
  await poll()
  expect(told).toEqual(['plugins changed'])
})

test('one that is not registered any more is forgotten', async () => {
  await poll()
  urls = []
  told.length = 0
  await poll()
  expect([await plugin(), await service()]).toEqual([null, null])
  expect(told).toEqual(['plugins changed'])
})

describe('a feature that misbehaves', () => {
  const tenMegabytes = 'x'.repeat(10 * 1024 * 1024)
  const redirect: Feature['answers'][string] = (_request, _body, response) =>
    void response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end()
  const cases: [string, string, Feature['answers'][string], string][] = [
    ['no JSON', 'GET /plugin/manifest', () => '<html>', 'no JSON'],
    ['a list', 'GET /plugin/manifest', () => [], 'not as agreed'],
    ['no name', 'GET /plugin/manifest', () => featureManifest('notes', { name: '' }), 'name'],
    ['an id with a path in it', 'GET /plugin/manifest', () => featureManifest('../notes'), 'id: must be a slug'],
    [
      'a route that leads out',
      'GET /plugin/manifest',
      () => featureManifest('notes', { routes: [{ path: 'javascript:alert(1)', label: 'x', icon: 'x' }] }),
      'routes.0.path',
    ],
    ['the id of a service', 'GET /plugin/manifest', () => featureManifest('storage'), 'a part of the vault itself'],
    ['10 MB', 'GET /plugin/manifest', () => JSON.stringify({ x: tenMegabytes }), 'more than 64 KiB'],
    [
      '10 MB without saying so',
      'GET /plugin/manifest',
      (_request, _body, response) => {
        response.writeHead(200)
        response.write(tenMegabytes)
        response.end()
      },
      'more than 64 KiB',
    ],
    ['a redirect to the metadata service', 'GET /plugin/manifest', redirect, 'redirect'],
    ['an error', 'GET /plugin/manifest', (_r, _b, response) => void response.writeHead(500).end('x'), 'status 500'],
    ['a cut connection', 'GET /plugin/manifest', (request) => void request.socket.destroy(), 'does not answer GET'],
    ['a health that is none', 'GET /health', () => ({ status: 'fine' }), 'health that is not as agreed'],
    ['a redirecting health', 'GET /health', redirect, 'redirect'],
  ]

  test.each(cases)('says %s: it changes nothing, and the reason is told', async (_what, path, answer, reason) => {
    await poll()
    const before = await plugin()
    feature.answers[path] = answer
    await poll()
    const after = await plugin()
    expect(after).toMatchObject({ health: 'DOWN', healthMessage: expect.stringContaining(reason) })
    expect({ ...after, health: 0, healthMessage: 0, checkedAt: 0, latencyMs: 0 }).toEqual({
      ...{ ...before, health: 0, healthMessage: 0, checkedAt: 0, latencyMs: 0 },
    })
    expect(await service()).toMatchObject({ state: 'DOWN', reason: after?.healthMessage })
  })

  test.each(cases.slice(0, 11))(
    'says %s from the first: it is listed as a service alone',
    async (_what, path, answer, reason) => {
      feature.answers[path] = answer
      await poll()
      expect(await at.db.plugin.count()).toBe(0)
      expect(await at.db.group.count()).toBe(0)
      expect(await service()).toMatchObject({ state: 'DOWN', reason: expect.stringContaining(reason) })
    },
  )

  test('a slow one holds up nobody, and is told to be slow', async () => {
    feature.answers['GET /plugin/manifest'] = () => undefined
    const signal = AbortSignal.timeout(50)
    await expect(ask.manifest(feature.url, signal)).rejects.toMatchObject({
      message: 'It does not answer GET /plugin/manifest in time.',
    })
  })

  test('an address of a metadata service is not asked at all', async () => {
    await expect(ask.manifest('http://169.254.169.254', AbortSignal.timeout(2000))).rejects.toMatchObject({
      message: expect.stringContaining('is not asked'),
    })
    expect(parseAllowedNetworks('0.0.0.0/0 ::/0')).toHaveLength(2)
  })

  test('a schema that does not come leaves the last one in the graph', async () => {
    await poll()
    told.length = 0
    for (const answer of [() => ({ errors: [] }), () => ({ data: { _service: { sdl: 'x'.repeat(600_000) } } })]) {
      feature.answers['POST /graphql'] = answer
      await poll()
      expect(await plugin()).toMatchObject({ health: 'DEGRADED', sdl: SDL, healthMessage: expect.any(String) })
    }
    expect(told.filter((word) => word.startsWith('plugins'))).toEqual([])
  })

  test('a second address with the id of the first stays outside', async () => {
    await poll()
    const thief = await startFeature({
      'GET /plugin/manifest': () =>
        featureManifest('notes', { name: 'Thief', access: { allowSuperuser: true, requiredGroups: [] } }),
      'GET /health': () => ({ status: 'ok' }),
    })
    urls = [feature.url, thief.url]
    await poll()
    expect(await plugin()).toMatchObject({ name: 'Reading notes', url: feature.url })
    expect(await service(thief.url)).toMatchObject({ state: 'DOWN', reason: expect.stringContaining('already') })
    urls = [thief.url]
    await poll()
    await poll()
    expect(await plugin(), 'registered in place of the first, and by its own rules').toMatchObject({
      url: thief.url,
      requiredGroups: [],
    })
    await thief.close()
  })
})

describe('access', () => {
  const rules = (allowSuperuser: boolean, requiredGroups: string[]) => {
    feature.answers['GET /plugin/manifest'] = () =>
      featureManifest('notes', { access: { allowSuperuser, requiredGroups } })
    return poll()
  }

  test('a feature closes itself at once, and opens itself wider only with an administrator', async () => {
    await rules(false, ['notes-admin', 'editors'])
    claimed.clear()
    await rules(false, ['editors'])
    expect(await plugin()).toMatchObject({ requiredGroups: ['editors'], pendingAccess: null })
    expect(claimed.size, 'what is remembered of people is out of date').toBeGreaterThan(0)
    claimed.clear()
    await rules(true, [])
    await rules(true, [])
    expect(await plugin()).toMatchObject({
      allowSuperuser: false,
      requiredGroups: ['editors'],
      pendingAccess: { allowSuperuser: true, requiredGroups: [] },
    })
    expect(claimed.size).toBe(0)
    const transact = unitOfWork({ db: at.db, announceEnds: announceEnds({ replay, pubsub }), outbox, now, log })
    const actor = { actorId: randomUUID(), ip: null, requestId: null }
    await approvePluginAccess({ transact, changes, now })(actor, 'notes')
    expect(await plugin()).toMatchObject({ allowSuperuser: true, requiredGroups: [], pendingAccess: null })
    expect(await events()).toEqual([
      'identity.plugin.registered',
      'identity.plugin.access-narrowed',
      'identity.plugin.wider-access-asked',
      'identity.plugin.wider-access-approved',
    ])
  })

  test('what the list shows is what the rule says', async () => {
    const user = await at.db.user.create({ data: { email: 'a@example.org', name: 'A', passwordHash: '-' } })
    for (const allowSuperuser of [true, false])
      for (const requiredGroups of [[], ['editors'], ['notes-admin', 'editors']])
        for (const role of ['ADMIN', 'USER'] as const)
          for (const groups of [[], ['editors'], ['others']])
            for (const granted of [true, false]) {
              await at.asSuperuser('TRUNCATE plugins, app_grants')
              await rules(allowSuperuser, requiredGroups)
              if (granted) await at.db.appGrant.create({ data: { appId: 'notes', userId: user.id } })
              const viewer: Viewer = { userId: user.id, role, groups, scopes: null, sessionId: '' }
              const seen = await at.db.plugin.count({ where: await seenPlugins(at.db, viewer) })
              const expected = mayUse(
                'notes',
                { allowSuperuser, requiredGroups },
                { role, groups, grants: new Set(granted ? ['notes'] : []) },
              )
              expect(seen, JSON.stringify({ allowSuperuser, requiredGroups, role, groups, granted })).toBe(
                expected ? 1 : 0,
              )
            }
  })
})

describe('settings', () => {
  const viewer = (role: Viewer['role'], groups: string[] = []): Viewer => ({
    ...{ userId: randomUUID(), role, groups, scopes: null, sessionId: randomUUID() },
  })
  const update = async (by: Viewer, patch: unknown) =>
    updatePluginSettings({ db: at.db, ask, outbox, now })(
      {
        viewer: by,
        actor: { actorId: by.userId, ip: null, requestId: null },
        caller: { viewer: by, requestId: 'r', client: { ip: '', userAgent: '' } },
      },
      await plugin(),
      patch,
    )
  beforeEach(() => poll())

  test('are changed by a patch that fits, signed for exactly this call and person', async () => {
    const by = viewer('USER', ['notes-admin'])
    const patched = feature.answers['PATCH /plugin/settings']!
    let seen: unknown
    feature.answers['PATCH /plugin/settings'] = async (request, body, response) => {
      const verify = createVerifier('notes', keys)
      seen = await verify(String(request.headers['x-archivolt-identity']), {
        method: 'PATCH',
        path: '/plugin/settings',
        body,
      })
      return patched(request, body, response)
    }
    expect(await update(by, { perPage: 50, token: 'canary' })).toMatchObject({ values: { perPage: 50 } })
    expect(seen).toMatchObject({ caller: 'identity', viewer: { userId: by.userId, groups: ['notes-admin'] } })
    const recorded = await at.db.outbox.findMany({ orderBy: { createdAt: 'asc' } })
    expect(recorded.at(-1)?.payload).toMatchObject({
      type: 'identity.plugin.settings-changed',
      details: { settings: 'perPage, token' },
    })
    expect(JSON.stringify(recorded)).not.toContain('canary')
  })

  test.each([
    [{ perPage: 0 }, '/perPage'],
    [{ perPage: 'many' }, '/perPage'],
    [{ unknown: 1 }, ''],
  ])('that do not fit never reach the feature: %j', async (patch, path) => {
    let reached = false
    feature.answers['PATCH /plugin/settings'] = () => (reached = true)
    await expect(update(viewer('ADMIN'), patch)).rejects.toMatchObject({
      code: 'identity.plugin.settings_invalid',
      faults: [{ path }],
    })
    expect(reached).toBe(false)
  })

  test('are for administrators of the feature', async () => {
    await expect(update(viewer('USER'), { perPage: 1 })).rejects.toMatchObject({ extensions: { code: 'FORBIDDEN' } })
  })

  test('a refusal of the feature is told in its words, and its absence as such', async () => {
    feature.answers['PATCH /plugin/settings'] = (_request, _body, response) => {
      response.statusCode = 422
      return { error: { message: 'Fewer than that, please.' } }
    }
    await expect(update(viewer('ADMIN'), { perPage: 9 })).rejects.toMatchObject({
      code: 'identity.plugin.settings_refused',
      message: 'Fewer than that, please.',
    })
    feature.answers['GET /plugin/settings'] = (request) => void request.socket.destroy()
    await expect(update(viewer('ADMIN'), { perPage: 9 })).rejects.toMatchObject({ code: 'unavailable' })
  })

  test('a schema that cannot be used is told, and none is fetched from elsewhere', async () => {
    for (const schema of [{ type: 'nonsense' }, { $ref: 'http://169.254.169.254/schema' }]) {
      feature.answers['GET /plugin/settings'] = () => ({ schema, values: {} })
      await expect(update(viewer('ADMIN'), { perPage: 9 })).rejects.toMatchObject({
        code: 'identity.plugin.settings_refused',
      })
    }
  })
})

test('a merge patch is that of RFC 7396, and takes no prototype for a member', () => {
  expect(mergePatch({ a: 'b', c: { d: 'e', f: 'g' } }, { a: 'z', c: { f: null } })).toEqual({ a: 'z', c: { d: 'e' } })
  expect(mergePatch({ a: [1, 2] }, { a: [3] })).toEqual({ a: [3] })
  expect(mergePatch([1], { a: 1 })).toEqual({ a: 1 })
  const merged = mergePatch({}, JSON.parse('{"__proto__": {"polluted": true}}'))
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  expect(Object.keys(merged as object)).toEqual(['__proto__'])
})
