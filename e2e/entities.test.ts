import { createSigner } from '@archivolt/kit/identity/sign'
import { serviceKeys } from '@archivolt/kit/identity/keys'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Person } from './src/api.ts'
import { openTestHouse, type TestHouse } from './src/house-in-test.ts'

/* What the gateway could be made to send, if it were tricked: representations with the identity of another person. */

let house: TestHouse
let ada: Person
let bob: Person
let documentId: string

beforeAll(async () => {
  house = await openTestHouse()
  ada = await new Person(house.url).register('Ada')
  bob = await new Person(house.url).register('Bob')
  documentId = await ada.upload('diary.txt', 'text/plain', new TextEncoder().encode('dear diary'))
  await ada.untilDone(documentId)
})

afterAll(async () => {
  await ada?.leave()
  await house?.stop()
})

async function entities(
  service: keyof TestHouse['services'],
  person: Person | null,
  selection: string,
  representation: object,
) {
  const body = JSON.stringify({
    query: `query ($r: [_Any!]!) { _entities(representations: $r) { ${selection} } }`,
    variables: { r: [representation] },
  })
  const claims = person?.token ? decodeJwt<{ sid: string }>(person.token) : null
  const viewer = claims && {
    userId: claims.sub as string,
    role: 'USER' as const,
    groups: [],
    scopes: null,
    sessionId: claims.sid,
  }
  const sign = createSigner('gateway', serviceKeys(house.secret))
  const identity = await sign(
    service,
    { viewer, requestId: 'test', client: { ip: '127.0.0.1', userAgent: 'test' } },
    { method: 'POST', path: '/graphql', body },
  )
  const reply = await fetch(`${house.services[service]}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-archivolt-identity': identity },
    body,
  })
  return ((await reply.json()) as { data: { _entities: unknown[] } | null }).data?._entities[0] ?? null
}

test("a document's representation gives its owner everything and others nothing", async () => {
  const key = { __typename: 'Document', id: documentId }
  const seen = (await entities('documents', ada, '... on Document { title access }', key)) as {
    title: string
    access: string
  }
  expect(seen.title).toBe('diary')
  for (const other of [bob, null])
    expect(await entities('documents', other, '... on Document { title access }', key)).toBeNull()

  const granted = { ...key, access: seen.access }
  expect(await entities('storage', ada, '... on Document { file { size } }', granted)).toEqual({ file: { size: 10 } })
  expect(
    await entities('storage', ada, '... on Document { file { size } }', key),
    'without the word of documents',
  ).toEqual({ file: null })
  for (const other of [bob, null]) {
    expect(
      await entities('storage', other, '... on Document { file { size } }', granted),
      "with another's grant",
    ).toEqual({ file: null })
  }
  expect(await entities('ai', ada, '... on Document { suggestions { id } }', granted)).toEqual({ suggestions: [] })
})

test("a version's representation gives whoever sees its document everything and others nothing", async () => {
  const rowId = Buffer.from(documentId, 'base64url').toString().slice('Document:'.length)
  const id = Buffer.from(`DocumentVersion:${rowId}`).toString('base64url')
  const key = { __typename: 'DocumentVersion', id }
  const seen = (await entities('documents', ada, '... on DocumentVersion { number access }', key)) as {
    number: number
    access: string
  }
  expect(seen.number).toBe(1)
  for (const other of [bob, null])
    expect(await entities('documents', other, '... on DocumentVersion { number access }', key)).toBeNull()
  const file = '... on DocumentVersion { file { size } }'
  const granted = { ...key, access: seen.access }
  expect(await entities('storage', ada, file, granted)).toEqual({ file: { size: 10 } })
  expect(await entities('storage', ada, file, key), 'without the word of documents').toEqual({ file: null })
  for (const other of [bob, null])
    expect(await entities('storage', other, file, granted), "with another's grant").toEqual({ file: null })
  const document = (await entities('documents', ada, '... on Document { access }', {
    __typename: 'Document',
    id: documentId,
  })) as { access: string }
  expect(
    await entities('storage', ada, file, { ...key, access: document.access }),
    'with the grant of the document',
  ).toEqual({
    file: null,
  })
})

test("a group's representation tells its documents to members alone", async () => {
  const key = { __typename: 'Group', id: Buffer.from(`Group:${crypto.randomUUID()}`).toString('base64url') }
  for (const person of [ada, bob, null])
    expect(await entities('documents', person, '... on Group { sharedDocuments { totalCount } }', key)).toEqual({
      sharedDocuments: null,
    })
})

test("a person's representation shows others a name at most", async () => {
  const key = { __typename: 'User', id: ada.userId }
  expect(await entities('identity', ada, '... on User { name email }', key)).toMatchObject({
    name: 'Ada',
    email: expect.stringContaining('@'),
  })
  expect(await entities('identity', bob, '... on User { name email }', key)).toEqual({ name: 'Ada', email: null })
  expect(await entities('identity', null, '... on User { name }', key)).toBeNull()
  expect(await entities('documents', bob, '... on User { documents { totalCount } }', key)).toEqual({ documents: null })
})
