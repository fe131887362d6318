import { randomUUID } from 'node:crypto'
import { createLogger } from '@archivolt/kit/log/logger'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Administrator } from '../audit/actor.ts'
import { ensureAdminGroups } from '../groups/usecases/ensure-admin-groups.ts'
import { announceEnds, unitOfWork } from '../sessions/unit-of-work.ts'
import { openIdentityDatabase, type IdentityDatabase } from '../testing/identity-database.ts'
import { usersWhere } from '../users/find-users.ts'
import { isLooser, mayUse, type AccessRules } from './access.ts'
import { findPerson } from './find-person.ts'
import { accessUseCases } from './wire-access.ts'

const log = createLogger('test', { level: 'silent', pretty: false })
const actor: Administrator = { actorId: randomUUID(), ip: '192.0.2.1', requestId: 'r', full: true }
const claimed = new Set<string>()
const told: string[] = []
let stateIsAway = false
const replay = {
  async claim(key: string) {
    if (stateIsAway) throw new Error('away')
    return !claimed.has(key) && Boolean(claimed.add(key))
  },
  has: async (keys: readonly string[]) => keys.some((key) => claimed.has(key)),
}
const pubsub = {
  publish: async (channel: string, message: string) => void told.push(`${channel} ${message}`),
  subscribe: async () => {
    throw new Error('not used')
  },
  close: async () => {},
}
let at: IdentityDatabase
let cases: ReturnType<typeof accessUseCases>
const now = Date.now

beforeAll(async () => {
  at = await openIdentityDatabase()
  const outbox = { kick: () => {} }
  const transact = unitOfWork({ db: at.db, announceEnds: announceEnds({ replay, pubsub }), outbox, now, log })
  cases = accessUseCases({ db: at.db, transact, replay, pubsub, log, now })
})
afterAll(() => at.drop())
beforeEach(async () => {
  await at.asSuperuser('TRUNCATE users, groups, plugins, app_grants, outbox CASCADE')
  claimed.clear()
  told.length = 0
  stateIsAway = false
})

const person = (change: object = {}) =>
  at.db.user.create({ data: { email: `${randomUUID()}@example.org`, name: 'Ann', passwordHash: '-', ...change } })
const feature = (id: string, rules: Partial<AccessRules> = {}) =>
  at.db.plugin.create({
    data: {
      id,
      url: `http://${id}.example`,
      name: id,
      version: '1',
      description: '',
      icon: '',
      allowSuperuser: rules.allowSuperuser ?? true,
      requiredGroups: [...(rules.requiredGroups ?? [`${id}-admin`])],
    },
  })
const find = (id: string) => findPerson({ db: at.db })(id)
const isCurrent = async (stamps: string[]) => !(await replay.has(stamps))
const recorded = async () =>
  (await at.db.outbox.findMany({ where: { name: 'record-audit' }, orderBy: { createdAt: 'asc' } })).map(
    (row) => (row.payload as { type: string }).type,
  )

describe('the rules of a manifest', () => {
  test('each way in, and no other', () => {
    const cases: [AccessRules, 'ADMIN' | 'USER', string[], boolean, boolean][] = []
    for (const allowSuperuser of [true, false])
      for (const requiredGroups of [[], ['notes-admin'], ['notes-admin', 'editors']])
        for (const role of ['ADMIN', 'USER'] as const)
          for (const groups of [[], ['editors'], ['notes-admin'], ['Editors']])
            for (const granted of [true, false])
              cases.push([{ allowSuperuser, requiredGroups }, role, groups, granted, false])
    for (const [rules, role, groups, granted] of cases) {
      const expected =
        rules.requiredGroups.length === 0 ||
        granted ||
        (role === 'ADMIN' && rules.allowSuperuser) ||
        groups.some((group) => rules.requiredGroups.includes(group))
      const grants = new Set(granted ? ['notes'] : ['other'])
      expect(mayUse('notes', rules, { role, groups, grants }), JSON.stringify([rules, role, groups, granted])).toBe(
        expected,
      )
    }
    expect(cases).toHaveLength(96)
  })

  test.each([
    [{ allowSuperuser: true, requiredGroups: ['a'] }, { allowSuperuser: true, requiredGroups: [] }, true],
    [{ allowSuperuser: true, requiredGroups: ['a'] }, { allowSuperuser: true, requiredGroups: ['a', 'b'] }, true],
    [{ allowSuperuser: true, requiredGroups: ['a'] }, { allowSuperuser: true, requiredGroups: ['b'] }, true],
    [{ allowSuperuser: false, requiredGroups: ['a'] }, { allowSuperuser: true, requiredGroups: ['a'] }, true],
    [{ allowSuperuser: true, requiredGroups: ['a', 'b'] }, { allowSuperuser: false, requiredGroups: ['a'] }, false],
    [{ allowSuperuser: false, requiredGroups: [] }, { allowSuperuser: true, requiredGroups: ['a'] }, false],
    [{ allowSuperuser: true, requiredGroups: ['a'] }, { allowSuperuser: true, requiredGroups: ['a'] }, false],
  ])('%j to %j is looser: %s', (before, after, looser) => {
    expect(isLooser(before, after)).toBe(looser)
  })
})

describe('a change of rights', () => {
  test('makes what is remembered of the person out of date, and tells', async () => {
    const user = await person()
    const other = await person()
    const group = await cases.createGroup(actor, { name: 'Family' })
    const [before, bystander] = [await find(user.id), await find(other.id)]
    await cases.addGroupMember(actor, group.id, user.id)
    expect(await isCurrent(before?.stamps ?? [])).toBe(false)
    expect(await isCurrent(bystander?.stamps ?? [])).toBe(true)
    expect(told).toEqual([`people ${user.id}`])
    const after = await find(user.id)
    expect(after).toMatchObject({ groups: ['Family'], groupIds: [group.id] })
    expect(await isCurrent(after?.stamps ?? [])).toBe(true)
    await cases.addGroupMember(actor, group.id, user.id)
    expect(told, 'what changed nothing is told to nobody').toHaveLength(1)
    await cases.removeGroupMember(actor, group.id, user.id)
    expect(await isCurrent(after?.stamps ?? [])).toBe(false)
    expect((await find(user.id))?.groups).toEqual([])
    expect(await recorded()).toEqual([
      'identity.group.created',
      'identity.group.member-added',
      'identity.group.member-removed',
    ])
  })

  test('does not happen when nobody can be told that what they remember is out of date', async () => {
    const user = await person()
    const group = await cases.createGroup(actor, { name: 'Family' })
    stateIsAway = true
    await expect(cases.addGroupMember(actor, group.id, user.id)).rejects.toThrow('away')
    expect((await find(user.id))?.groups).toEqual([])
  })

  test('a renamed or deleted group concerns everyone', async () => {
    const user = await person()
    const group = await cases.createGroup(actor, { name: 'Family' })
    await cases.addGroupMember(actor, group.id, user.id)
    const before = await find(user.id)
    await cases.updateGroup(actor, group.id, { name: 'Kin' })
    expect(await isCurrent(before?.stamps ?? [])).toBe(false)
    const renamed = await find(user.id)
    expect(renamed?.groups).toEqual(['Kin'])
    await cases.deleteGroup(actor, group.id)
    expect(await isCurrent(renamed?.stamps ?? [])).toBe(false)
    await expect(cases.deleteGroup(actor, group.id)).rejects.toMatchObject({ code: 'not_found' })
  })
})

describe('groups', () => {
  test.each(['family', 'FAMILY ', ' Ｆａｍｉｌｙ', 'Family\u00a0'])(
    '%j is taken once there is Family',
    async (name) => {
      await cases.createGroup(actor, { name: 'Family' })
      await expect(cases.createGroup(actor, { name })).rejects.toMatchObject({ code: 'identity.group.name_taken' })
    },
  )

  test.each(['', ' ', 'x'.repeat(61), 'two\nlines', 'turned\u202e', 'notes-admin', 'NOTES-ADMIN', 'Notes‑x-Admin'])(
    '%j is no name',
    async (name) => {
      await expect(cases.createGroup(actor, { name })).rejects.toMatchObject({ field: 'name' })
    },
  )

  test('three starters at once make one group for each feature, and nobody takes them away', async () => {
    const features = ['identity', 'documents', 'storage', 'ai'].map((id) => ({ id, name: id }))
    const ensure = ensureAdminGroups({ db: at.db })
    await Promise.all([ensure(features), ensure(features), ensure(features)])
    await ensure(features)
    const groups = await at.db.group.findMany({ orderBy: { name: 'asc' } })
    expect(groups.map(({ name }) => name)).toEqual(['ai-admin', 'documents-admin', 'identity-admin', 'storage-admin'])
    const [group] = groups
    await expect(cases.deleteGroup(actor, group!.id)).rejects.toMatchObject({ code: 'identity.group.protected' })
    await expect(cases.updateGroup(actor, group!.id, { name: 'mine' })).rejects.toMatchObject({
      code: 'identity.group.protected',
    })
  })
})

describe('apps', () => {
  test('a grant to a person or a group lets them in, and its end puts them out', async () => {
    const user = await person()
    const group = await cases.createGroup(actor, { name: 'Family' })
    await cases.addGroupMember(actor, group.id, user.id)
    await feature('notes', { allowSuperuser: false })
    await feature('open', { requiredGroups: [] })
    const apps = async () => (await find(user.id))?.apps.sort()
    expect(await apps()).toEqual(['open'])
    await cases.grantApp(actor, { appId: 'notes', groupId: group.id })
    await cases.grantApp(actor, { appId: 'notes', groupId: group.id })
    expect(await apps()).toEqual(['notes', 'open'])
    const before = await find(user.id)
    await cases.revokeApp(actor, { appId: 'notes', groupId: group.id })
    expect(await isCurrent(before?.stamps ?? [])).toBe(false)
    expect(await apps()).toEqual(['open'])
    await cases.grantApp(actor, { appId: 'notes', userId: user.id })
    expect(await apps()).toEqual(['notes', 'open'])
    expect((await recorded()).slice(-3)).toEqual([
      'identity.app.granted',
      'identity.app.revoked',
      'identity.app.granted',
    ])
  })

  test('is given to somebody, and for something that is there', async () => {
    const user = await person()
    await feature('notes')
    const grant = (input: object) => cases.grantApp(actor, { appId: 'notes', ...input })
    await expect(grant({})).rejects.toMatchObject({ field: 'userId' })
    await expect(grant({ userId: user.id, groupId: randomUUID() })).rejects.toMatchObject({ field: 'userId' })
    await expect(grant({ userId: randomUUID() })).rejects.toMatchObject({ code: 'not_found' })
    await expect(grant({ appId: 'nothing', userId: user.id })).rejects.toMatchObject({ code: 'not_found' })
  })
})

test('administrators of people alone hand out no power', async () => {
  const limited = { ...actor, full: false }
  const [user, admin] = [await person(), await person({ role: 'ADMIN' })]
  await ensureAdminGroups({ db: at.db })([{ id: 'storage', name: 'Storage' }])
  const group = await at.db.group.findFirstOrThrow()
  const refused = { extensions: { code: 'FORBIDDEN' } }
  await expect(cases.addGroupMember(limited, group.id, user.id)).rejects.toMatchObject(refused)
  await expect(cases.updateUser(limited, user.id, { role: 'ADMIN' })).rejects.toMatchObject(refused)
  await expect(cases.updateUser(limited, admin.id, { active: false })).rejects.toMatchObject(refused)
  expect(await cases.updateUser(limited, user.id, { active: false })).toMatchObject({ active: false })
})

describe('people', () => {
  test('whoever is deactivated is signed out of every session at once', async () => {
    const user = await person()
    const session = (endedAt: Date | null = null) =>
      at.db.session.create({
        data: {
          userId: user.id,
          salt: new Uint8Array(16),
          expiresAt: new Date(now() + 1e6),
          userAgent: '',
          ip: '',
          endedAt,
        },
      })
    await person({ role: 'ADMIN' })
    const open = [await session(), await session()]
    await session(new Date())
    await cases.updateUser(actor, user.id, { active: false })
    expect(await at.db.session.count({ where: { userId: user.id, endedAt: null } })).toBe(0)
    for (const { id } of open) {
      expect(await replay.has([`session:${id}`])).toBe(true)
      expect(told).toContain(`sessions ${id}`)
    }
    expect((await find(user.id))?.active).toBe(false)
    expect(await recorded()).toContain('identity.user.changed')
  })

  test('the last administrator stays one, also when two are taken away at once', async () => {
    const [a, b] = [await person({ role: 'ADMIN' }), await person({ role: 'ADMIN' })]
    await person({ role: 'ADMIN', active: false })
    const tries = await Promise.allSettled([
      cases.updateUser(actor, a.id, { role: 'USER' }),
      cases.updateUser(actor, b.id, { active: false }),
    ])
    expect(tries.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const refused = tries.find((one) => one.status === 'rejected')
    expect((refused as PromiseRejectedResult).reason).toMatchObject({ code: 'identity.last_admin' })
    expect(await at.db.user.count({ where: { role: 'ADMIN', active: true } })).toBe(1)
  })

  test('are found by words of their name and address; what a pattern could mean is text', async () => {
    await person({ name: 'Ann 100% Müller', email: 'ann@example.org' })
    await person({ name: 'Bob Miller', email: 'bob@example.com', active: false })
    const found = async (filter: object) =>
      (await at.db.user.findMany({ where: usersWhere(filter), orderBy: { name: 'asc' } })).map(({ name }) => name[0])
    expect(await found({ search: 'M ller' })).toEqual(['A', 'B'])
    expect(await found({ search: 'ORG ann' })).toEqual(['A'])
    expect(await found({ search: '100%' })).toEqual(['A'])
    expect(await found({ search: '1%0' })).toEqual([])
    expect(await found({ search: 'b_b' })).toEqual([])
    expect(await found({ search: '\\' })).toEqual([])
    expect(await found({ active: false })).toEqual(['B'])
    expect(await found({ role: 'ADMIN' })).toEqual([])
  })

  test('say of themselves what fits, and it is kept in one form', async () => {
    const user = await person()
    const profile = (input: object) => cases.updateProfile(user.id, input)
    expect(
      await profile({
        fullName: ' Ann  Miller ',
        phone: '+43 1 234-567',
        language: 'PT-br',
        timeZone: 'europe/vienna',
      }),
    ).toMatchObject({ fullName: 'Ann  Miller', phone: '+43 1 234-567', language: 'pt-BR', timeZone: 'Europe/Vienna' })
    expect(await profile({ phone: '', timeZone: null })).toMatchObject({
      phone: null,
      timeZone: null,
      language: 'pt-BR',
    })
    for (const [field, value] of [
      ['fullName', 'a\nb'],
      ['fullName', 'x'.repeat(201)],
      ['phone', 'call me'],
      ['phone', '1'.repeat(16)],
      ['phone', '+1<script>'],
      ['language', 'not a tag'],
      ['timeZone', 'Mars/Olympus'],
      ['timeZone', '+02:00'],
    ] as const)
      await expect(profile({ [field]: value }), `${field} ${value}`).rejects.toMatchObject({ field })
  })

  test('arrange at most fifty apps, named by safe slugs', async () => {
    const user = await person()
    const arrange = (dashboardApps: string[]) => cases.updatePreferences(user.id, { dashboardApps, theme: 'DARK' })
    expect(await arrange(['documents', 'notes', 'documents'])).toMatchObject({
      dashboardApps: ['documents', 'notes'],
      theme: 'DARK',
    })
    await arrange(Array.from({ length: 50 }, (_, i) => `app-${i}`))
    await expect(arrange(Array.from({ length: 51 }, (_, i) => `app-${i}`))).rejects.toMatchObject({
      field: 'dashboardApps',
    })
    for (const bad of ['../x', 'A', '', 'a b', 'javascript:x', `a${'b'.repeat(40)}`])
      await expect(arrange([bad]), bad).rejects.toMatchObject({ field: 'dashboardApps' })
  })
})
