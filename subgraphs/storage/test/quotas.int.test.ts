import { toGlobalId } from '@archivolt/kit/graph/global-id'
import type { Viewer } from '@archivolt/kit/identity/identity'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openStorageApp, person, type StorageApp } from './support/storage-app.ts'

const SET = `mutation ($input: SetQuotaInput!) { setQuota(input: $input) { __typename ... on SetQuotaSuccess { bytes } ... on Error { code } } }`
const USAGE = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on User { storageUsage { used reserved own limit } } } }`

let house: Awaited<ReturnType<typeof openStorageApp>>
let storage: StorageApp
const admin = person({ groups: ['storage-admin'] })

beforeAll(async () => {
  house = await openStorageApp({ QUOTA_DEFAULT_BYTES: '100' })
  storage = await house.start()
})
afterAll(() => house?.close())
afterEach(() => {
  house.jobs.length = 0
})

const userIdOf = ({ userId }: Viewer) => toGlobalId('User', userId)
const set = (input: object, by = admin) => storage.ask(by, SET, input)
const usageOf = async (of: Viewer, by = of) =>
  (await storage.send(by, USAGE, { r: [{ __typename: 'User', id: userIdOf(of) }] })).data?._entities[0].storageUsage
const fits = (viewer: Viewer, bytes: number) =>
  storage.begin(viewer, bytes).then(
    () => true,
    (error: { code?: string }) => {
      expect(error.code).toBe('storage.quota_exceeded')
      return false
    },
  )

describe('the limit of a person', () => {
  it('is their own, else the highest of their groups, else the default of the vault', async () => {
    await set({ groupName: 'staff', bytes: 500 })
    await set({ groupName: 'board', bytes: 900 })
    const limits: [string[], number][] = [
      [[], 100],
      [['others'], 100],
      [['staff'], 500],
      [['board', 'staff', 'others'], 900],
    ]
    for (const [groups, limit] of limits) {
      const viewer = person({ groups })
      expect((await usageOf(viewer)).limit).toBe(limit)
      expect([await fits(viewer, limit + 1), await fits(viewer, limit), await fits(viewer, 1)]).toEqual([
        false,
        true,
        false,
      ])
    }
    const ada = person({ groups: ['board'] })
    await set({ userId: userIdOf(ada), bytes: 10 })
    expect([(await usageOf(ada)).limit, await fits(ada, 11)]).toEqual([10, false])
    await set({ userId: userIdOf(ada) })
    expect([(await usageOf(ada)).limit, await fits(ada, 900)]).toEqual([900, true])
    await set({ groupName: 'board', bytes: null })
    expect((await usageOf(ada)).limit).toBe(100)
    const known = await storage.ask(admin, '{ groupQuotas { groupName bytes } }')
    expect(known).toEqual([{ groupName: 'staff', bytes: 500 }])
  })

  it('follows the groups that the person is in now, and for others those of the last upload', async () => {
    const ada = person({ groups: ['staff'] })
    expect(await fits(ada, 300)).toBe(true)
    expect((await usageOf(ada, person({ role: 'ADMIN' }))).limit).toBe(500)
    const left = { ...ada, groups: [] }
    expect([(await usageOf(left)).limit, await fits(left, 1)]).toEqual([100, false])
  })

  it('is exact for fifty uploads at once', async () => {
    const ada = person({ groups: ['staff'] })
    const granted = await Promise.all(Array.from({ length: 50 }, () => fits(ada, 25)))
    expect(granted.filter(Boolean)).toHaveLength(20)
    expect(await usageOf(ada)).toMatchObject({ used: 0, reserved: 500, own: 0, limit: 500 })
  })

  it('is set by administrators of the storage alone, and written down', async () => {
    const ada = person()
    for (const viewer of [ada, person({ scopes: ['documents:write'], groups: ['storage-admin'] })]) {
      const { errors } = await storage.send(viewer, SET, { input: { groupName: 'staff', bytes: 1 } })
      expect(errors?.[0].extensions.code).toBe('FORBIDDEN')
    }
    for (const input of [
      {},
      { userId: userIdOf(ada), groupName: 'staff' },
      { userId: 'x', bytes: 1 },
      { groupName: ' ', bytes: 1 },
    ])
      expect((await set(input)).__typename, JSON.stringify(input)).toBe('InvalidInputError')
    await house.sent('record-audit')
    await set({ userId: userIdOf(ada), bytes: 7 })
    expect(await house.sent('record-audit')).toMatchObject([
      {
        type: 'storage.quota.changed',
        actorId: admin.userId,
        target: { type: 'User', id: ada.userId },
        details: { bytes: 7 },
      },
    ])
  })
})

describe('an upload that is refused for want of room', () => {
  it('is told to the audit log once a minute and person', async () => {
    const [ada, eve] = [person(), person()]
    await Promise.all(Array.from({ length: 20 }, () => fits(ada, 1000)))
    await fits(eve, 1000)
    const told = await house.sent('record-audit')
    expect(told.map(({ type, actorId }) => [type, actorId])).toEqual([
      ['storage.quota.exceeded', ada.userId],
      ['storage.quota.exceeded', eve.userId],
    ])
    house.pass(59_000)
    await fits(ada, 1000)
    house.pass(1_000)
    await Promise.all([fits(ada, 1000), fits(ada, 1000)])
    expect(await house.sent('record-audit')).toMatchObject([{ actorId: ada.userId, details: { bytes: 1000 } }])
  })
})
