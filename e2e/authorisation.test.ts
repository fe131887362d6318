import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { SUBGRAPHS } from '../schema/compose.ts'
import { operationFor, publicApi } from '../schema/operation-for.ts'
import { rulesOf, type Rule } from '../schema/rules.ts'
import { Person, type Reply } from './src/api.ts'
import { openTestHouse, type TestHouse } from './src/house-in-test.ts'
import { ADMIN } from './src/vault-process.ts'

/* The rules of all root fields, at the public door. Only what is to be refused is sent, so that nothing happens. */

const api = publicApi()
const rules = rulesOf(SUBGRAPHS).filter(isPublic)
let house: TestHouse
let admin: Person
let ada: Person
let bob: Person
let reader: Person
let documentId: string
const CANARY = 'canary lease of Ada'

/** Fields that are only on their way into the committed schema are not in this graph. */
function isPublic({ root, field }: Rule): boolean {
  const types = { Query: api.getQueryType(), Mutation: api.getMutationType(), Subscription: api.getSubscriptionType() }
  return Boolean(types[root]?.getFields()[field])
}

beforeAll(async () => {
  house = await openTestHouse()
  admin = await new Person(house.url).signIn(ADMIN)
  ada = await new Person(house.url).register('Ada')
  bob = await new Person(house.url).register('Bob')
  documentId = await ada.upload(`${CANARY}.txt`, 'text/plain', new TextEncoder().encode(CANARY))
  await ada.untilDone(documentId)
  reader = await tokenOf(admin, ['documents:read'])
})
afterAll(async () => {
  for (const person of [ada, bob, admin]) await person?.leave()
  await house?.stop()
})

/** A program with an API token of the person. */
async function tokenOf(person: Person, scopes: string[]): Promise<Person> {
  const { createApiToken } = await person.ask(
    'mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) { ... on CreateApiTokenSuccess { token } ... on Error { message } } }',
    { input: { name: 'test', scopes, expiresAt: new Date(Date.now() + 86_400_000).toISOString() } },
  )
  const program = new Person(house.url)
  program.token = createApiToken.token
  expect(program.token, JSON.stringify(createApiToken)).toMatch(/^avt_/)
  return program
}

async function codeOf(who: Person, rule: Rule): Promise<unknown> {
  const { query, variables } = operationFor(api, rule.root, rule.field)
  if (rule.root === 'Subscription') return refusalOfStream(who, query, variables)
  return codeIn(await who.send(query, variables))
}
const codeIn = ({ errors }: Reply): unknown => errors?.[0]?.extensions?.code ?? 'let in'

async function refusalOfStream(who: Person, query: string, variables: Record<string, unknown>): Promise<unknown> {
  const client = createClient({
    url: `${house.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: who.token ? { authorization: `Bearer ${who.token}` } : undefined,
    retryAttempts: 0,
  })
  try {
    const { value } = await client.iterate<any>({ query, variables }).next()
    return value?.errors?.[0]?.extensions?.code ?? 'let in'
  } catch (error) {
    return Array.isArray(error) ? error[0].extensions.code : 'closed'
  } finally {
    await client.dispose()
  }
}

async function refusedAll(who: Person, which: readonly Rule[], code: string): Promise<void> {
  expect(which.length).toBeGreaterThan(0)
  const wrong: string[] = []
  for (const rule of which) {
    const found = await codeOf(who, rule)
    if (found !== code) wrong.push(`${rule.root}.${rule.field}: ${found}`)
  }
  expect(wrong).toEqual([])
}

const ofKind = (...kinds: Rule['kind'][]) => rules.filter(({ kind }) => kinds.includes(kind))

test('a stranger is let into nothing that is not public', () =>
  refusedAll(new Person(house.url), ofKind('signedIn', 'session', 'admin', 'serviceAdmin', 'scope'), 'UNAUTHENTICATED'))

test('a person is let into nothing that takes an administrator', () =>
  refusedAll(bob, ofKind('admin', 'serviceAdmin'), 'FORBIDDEN'))

test('an administrator of one service is one of that service alone', async () => {
  const { groups } = await admin.ask('{ groups(first: 100) { edges { node { id name } } } }')
  const group = groups.edges.find(({ node }: any) => node.name === 'storage-admin').node
  const change = (name: string) =>
    admin.ask(
      `mutation ($input: ${name[0]?.toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { __typename } }`,
      {
        input: { groupId: group.id, userId: bob.userId },
      },
    )
  await change('addGroupMember')
  const elsewhere = rules.filter(({ kind, of }) => kind === 'admin' || (kind === 'serviceAdmin' && of !== 'storage'))
  await refusedAll(bob, elsewhere, 'FORBIDDEN')
  expect(codeIn(await bob.send('{ storageConfig { __typename } }'))).toBe('let in')
  await change('removeGroupMember')
  expect(codeIn(await bob.send('{ storageConfig { __typename } }'))).toBe('FORBIDDEN')
})

test("an administrator's token is let into what its scope names, and never near credentials", async () => {
  const beyond = rules.filter(
    ({ kind, of }) =>
      ['session', 'admin', 'serviceAdmin'].includes(kind) || (kind === 'scope' && of !== 'documents:read'),
  )
  await refusedAll(reader, beyond, 'FORBIDDEN')
  expect(codeIn(await reader.send('{ documents { totalCount } }'))).toBe('let in')
  const storage = await tokenOf(admin, ['storage:admin'])
  expect(codeIn(await storage.send('{ storageConfig { __typename } }'))).toBe('let in')
  expect(codeIn(await storage.send('{ documents { totalCount } }'))).toBe('FORBIDDEN')
})

describe('what is another person’s', () => {
  const takingIds = ofKind('signedIn', 'scope').filter(
    ({ root, field }) =>
      root !== 'Subscription' && JSON.stringify(operationFor(api, root, field, 'an id').variables).includes('an id'),
  )

  test('is neither shown nor changed by its id, in any field that takes one', async () => {
    expect(takingIds.length).toBeGreaterThan(10)
    const before = await ada.ask('query ($id: ID!) { document(id: $id) { title status } }', { id: documentId })
    for (const id of [documentId, ada.userId])
      for (const { root, field } of takingIds) {
        const { query, variables } = operationFor(api, root, field, id)
        const reply = await bob.send(query, variables)
        const text = JSON.stringify(reply)
        expect(text, `${root}.${field}`).not.toContain(CANARY)
        const type = reply.data?.[field]?.__typename
        if (root === 'Query' && field === 'document') expect(reply.data?.document).toBeNull()
        if (root === 'Mutation' && type?.endsWith('Success')) {
          // Whatever succeeds has done nothing to it: seen below.
          expect(text).not.toContain(documentId)
        }
      }
    const after = await ada.ask('query ($id: ID!) { document(id: $id) { title status } }', { id: documentId })
    expect(after).toEqual(before)
  })

  test('is not in the lists of others', async () => {
    const { documents } = await bob.ask('{ documents(first: 50) { edges { node { id title } } } }')
    expect(JSON.stringify(documents)).not.toContain(CANARY)
    const { user } = await bob.ask('query ($id: ID!) { user(id: $id) { email } }', { id: ada.userId })
    expect(user).toBeNull()
  })
})
