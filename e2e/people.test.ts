import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { Person } from './src/api.ts'
import { openTestHouse, type TestHouse } from './src/house-in-test.ts'
import { ADMIN } from './src/vault-process.ts'

let house: TestHouse
let admin: Person
let ada: Person

beforeAll(async () => {
  house = await openTestHouse()
  admin = await new Person(house.url).signIn(ADMIN)
  ada = await new Person(house.url).register('Ada')
})
afterAll(async () => {
  await ada?.leave()
  await admin?.leave()
  await house?.stop()
})

/** Runs a mutation that takes an input, and gives what it answers. */
async function change(who: Person, name: string, input: object, payload = ''): Promise<any> {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}`
  const reply = await who.send(
    `mutation ($input: ${type}Input!) { ${name}(input: $input) {
       __typename ${payload && `... on ${type}Success { ${payload} }`} ... on Error { code message } } }`,
    { input },
  )
  return reply.data?.[name] ?? reply.errors?.[0]?.extensions
}
const groupId = async (name: string): Promise<string> => {
  const { data } = await admin.send('{ groups(first: 100) { edges { node { id name } } } }')
  return data?.groups.edges.find(({ node }: any) => node.name === name)?.node.id
}
const codeOf = async (who: Person, query: string) => {
  const { data, errors } = await who.send(query)
  return errors?.[0]?.extensions?.code ?? (data ? 'ok' : 'nothing')
}
const SERVICES = '{ services { totalCount } }'

/** An open subscription to the health of the services: its first refusal or the code its socket is closed with. */
function listen(who: Person) {
  const opened = Promise.withResolvers<void>()
  const closed = Promise.withResolvers<number>()
  const client = createClient({
    url: `${house.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${who.token}` },
    retryAttempts: 0,
    on: { connected: () => opened.resolve(), closed: (event) => closed.resolve((event as { code: number }).code) },
  })
  const events = client.iterate({ query: 'subscription { serviceHealthChanged { service { name } } }' })
  const first = events.next().then(
    ({ value }) => value?.errors?.[0]?.extensions?.code ?? 'ended',
    (error: any) => (Array.isArray(error) ? error[0].extensions.code : 'closed'),
  )
  return { opened: opened.promise, closed: closed.promise, first, end: () => client.dispose() }
}

describe('a change of rights', () => {
  test('holds from the next request on, with the same token, and on open subscriptions within a second', async () => {
    const group = await groupId('identity-admin')
    const member = { groupId: group, userId: ada.userId }
    expect(await codeOf(ada, SERVICES)).toBe('FORBIDDEN')
    expect(await listen(ada).first).toBe('FORBIDDEN')

    expect((await change(admin, 'addGroupMember', member)).__typename).toBe('AddGroupMemberSuccess')
    expect(await codeOf(ada, SERVICES)).toBe('ok')
    const stream = listen(ada)
    await stream.opened
    expect(await codeOf(ada, SERVICES)).toBe('ok')

    const started = performance.now()
    await change(admin, 'removeGroupMember', member)
    expect(await codeOf(ada, SERVICES), 'the next request').toBe('FORBIDDEN')
    expect(await stream.closed).toBe(4403)
    expect(performance.now() - started).toBeLessThan(1000)
    expect(await listen(ada).first, 'and it does not come back').toBe('FORBIDDEN')
  })

  test('many, one after another, are each seen by the very next request', async () => {
    const member = { groupId: await groupId('identity-admin'), userId: ada.userId }
    for (let i = 0; i < 10; i++) {
      await change(admin, 'addGroupMember', member)
      expect(await codeOf(ada, SERVICES)).toBe('ok')
      await change(admin, 'removeGroupMember', member)
      expect(await codeOf(ada, SERVICES)).toBe('FORBIDDEN')
    }
  })

  test('an administrator of people hands out no power', async () => {
    const member = { groupId: await groupId('identity-admin'), userId: ada.userId }
    await change(admin, 'addGroupMember', member)
    const storage = { groupId: await groupId('storage-admin'), userId: ada.userId }
    expect(await change(ada, 'addGroupMember', storage)).toMatchObject({ code: 'FORBIDDEN' })
    expect(await change(ada, 'updateUser', { userId: ada.userId, role: 'ADMIN' })).toMatchObject({ code: 'FORBIDDEN' })
    expect(await change(ada, 'createGroup', { name: 'Family' }, 'group { name builtIn }')).toMatchObject({
      group: { name: 'Family', builtIn: false },
    })
    await change(admin, 'removeGroupMember', member)
    expect(await change(ada, 'createGroup', { name: 'Friends' })).toMatchObject({ code: 'FORBIDDEN' })
  })
})

describe('people', () => {
  test('who are deactivated are signed out at once, and cannot come back', async () => {
    const bob = await new Person(house.url).register('Bob')
    expect(await codeOf(bob, '{ me { id } }')).toBe('ok')
    await change(admin, 'updateUser', { userId: bob.userId, active: false })
    expect(await codeOf(bob, '{ me { id } }')).toBe('UNAUTHENTICATED')
    const refresh = await new Person(house.url).send(
      'mutation { refreshSession { __typename } }',
      {},
      { cookie: bob.cookie ?? '' },
    )
    expect(refresh.data?.refreshSession.__typename).not.toBe('RefreshSessionSuccess')
  })

  test('the last administrator stays', async () => {
    expect(await change(admin, 'updateUser', { userId: admin.userId, role: 'USER' })).toMatchObject({
      code: 'identity.last_admin',
    })
    expect(await change(admin, 'updateUser', { userId: admin.userId, active: false })).toMatchObject({
      code: 'identity.last_admin',
    })
  })

  test('say of themselves what others do not see', async () => {
    await change(ada, 'updateProfile', {
      fullName: 'Ada Lovelace',
      phone: '+44 20 7946 0000',
      timeZone: 'Europe/London',
    })
    await change(ada, 'updatePreferences', { dashboardApps: ['documents'], theme: 'DARK' })
    const me = '{ me { fullName phone timeZone preferences { dashboardApps theme } groups { name } } }'
    expect((await ada.send(me)).data?.me).toMatchObject({
      ...{ fullName: 'Ada Lovelace', phone: '+44 20 7946 0000', timeZone: 'Europe/London' },
      ...{ preferences: { dashboardApps: ['documents'], theme: 'DARK' }, groups: [] },
    })
    const { data } = await admin.send('{ users(filter: { search: "lovelace ada" }) { totalCount } }')
    expect(data?.users.totalCount, 'the search is for names as others see them').toBe(0)
    const found = await admin.send(
      '{ users(filter: { search: "ADA" }, first: 5) { edges { node { id fullName email } } } }',
    )
    expect(found.data?.users.edges[0].node).toMatchObject({ id: ada.userId, fullName: 'Ada Lovelace' })
    expect(await codeOf(ada, '{ users { totalCount } }')).toBe('FORBIDDEN')
  })
})

describe('the audit log', () => {
  const EVENTS = `query ($filter: AuditEventFilter, $after: String) { auditEvents(filter: $filter, first: 50, after: $after) {
    totalCount edges { node { seq type actor { id } target { type id } ip details { name value } } } pageInfo { hasNextPage endCursor } } }`
  const eventsOf = async (filter: object = {}) =>
    (await admin.send(EVENTS, { filter })).data?.auditEvents.edges.map(({ node }: any) => node)

  test('has each thing once, with who and what; and is for administrators alone', async () => {
    const { group } = await change(admin, 'createGroup', { name: 'Audited' }, 'group { id }')
    await change(admin, 'addGroupMember', { groupId: group.id, userId: ada.userId })
    await change(admin, 'addGroupMember', { groupId: group.id, userId: ada.userId })
    await change(admin, 'deleteGroup', { groupId: group.id })
    const end = performance.now() + 10_000
    let events: any[] = []
    while (events.length < 1 && performance.now() < end)
      events = await eventsOf({ type: 'identity.group.deleted', actorId: admin.userId })
    expect(events).toHaveLength(1)
    const target = events[0].target
    const all = await eventsOf({ target })
    expect(all.map(({ type }: any) => type)).toEqual([
      'identity.group.deleted',
      'identity.group.member-added',
      'identity.group.created',
    ])
    for (const event of all) expect(event).toMatchObject({ actor: { id: admin.userId }, ip: expect.any(String) })
    expect(await codeOf(ada, '{ auditEvents { totalCount } }')).toBe('FORBIDDEN')
    expect(await codeOf(new Person(house.url), '{ auditEvents { totalCount } }')).toBe('UNAUTHENTICATED')
    expect(await codeOf(ada, 'mutation { exportAuditLog { __typename } }')).toBe('FORBIDDEN')
  })

  test('tells of sign-ins that failed and succeeded, and of no password', async () => {
    await new Person(house.url).send('mutation ($input: LoginInput!) { login(input: $input) { __typename } }', {
      input: { email: ADMIN.email, password: 'canary-password-17' },
    })
    const end = performance.now() + 10_000
    let types = new Set<string>()
    while (performance.now() < end && ![...types].some((type) => type.includes('failed')))
      types = new Set((await eventsOf({ service: 'identity' })).map(({ type }: any) => type))
    expect([...types].filter((type) => type.includes('failed'))).not.toEqual([])
    const rows = await house.sql('identity', 'SELECT * FROM audit_events')
    expect(JSON.stringify(rows, (_key, value) => (typeof value === 'bigint' ? String(value) : value))).not.toMatch(
      /canary-password|Correct-Horse|A-long-enough|eyJ/,
    )
  })

  test('is exported when asked, with nothing due on its first day', async () => {
    const { data } = await admin.send(
      'mutation { exportAuditLog { ... on ExportAuditLogSuccess { exports { day } } ... on Error { code message } } }',
    )
    expect(data?.exportAuditLog).toEqual({ exports: [] })
  })
})
