import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Person } from './src/api.ts'
import { openTestHouse, type TestHouse } from './src/house-in-test.ts'
import { ADMIN } from './src/vault-process.ts'

let house: TestHouse
let admin: Person
let ada: Person
let bob: Person
let stranger: Person

const bytes = (text: string) => new TextEncoder().encode(text)
const fetchText = async (person: Person, url: string) => (await fetch(new URL(url, person.url))).text()

beforeAll(async () => {
  house = await openTestHouse()
  admin = await new Person(house.url).signIn(ADMIN)
  ada = await new Person(house.url).register('Ada')
  bob = await new Person(house.url).register('Bob')
  stranger = new Person(house.url)
})

afterAll(async () => {
  await Promise.all([admin, ada, bob].map((person) => person?.leave()))
  await house?.stop()
})

const SHARE = `mutation ($input: ShareDocumentInput!) { shareDocument(input: $input) {
  ... on ShareDocumentSuccess { share { id level user { id name } group { id } } } ... on Error { code message } } }`
const DOCUMENT = `query ($id: ID!) { document(id: $id) { title level notes file { download { url } } shares { id } links { id } versions { id number current file { size download { url } } } } }`

async function add(person: Person, name: string, text: string): Promise<string> {
  const id = await person.upload(name, 'text/plain', bytes(text))
  await person.untilDone(id)
  return id
}

test('shared with a person, a document is theirs to see, to download and, if so, to change', async () => {
  const id = await add(ada, 'recipe.txt', 'a pinch of saffron')
  expect((await bob.ask(DOCUMENT, { id })).document).toBeNull()
  const { shareDocument } = await ada.ask(SHARE, { input: { documentId: id, userId: bob.userId, level: 'VIEW' } })
  expect(shareDocument.share).toMatchObject({ level: 'VIEW', user: { id: bob.userId, name: 'Bob' } })
  const { document } = await bob.ask(DOCUMENT, { id })
  expect(document).toMatchObject({ title: 'recipe', level: 'VIEW', links: [] })
  expect(await fetchText(bob, document.file.download.url)).toBe('a pinch of saffron')
  const found = await bob.ask(
    `{ documents(search: "saffron owner:others") { totalCount edges { node { id snippet } } } }`,
  )
  expect(found.documents).toMatchObject({
    totalCount: 1,
    edges: [{ node: { id, snippet: expect.stringContaining('<mark>saffron</mark>') } }],
  })

  const change = `mutation ($input: UpdateDocumentInput!) { updateDocument(input: $input) { __typename ... on UpdateDocumentSuccess { document { title } } ... on Error { code } } }`
  const rename = { input: { id, title: 'Bouillabaisse' } }
  expect((await bob.ask(change, rename)).updateDocument).toEqual({
    __typename: 'NotAllowedError',
    code: 'documents.not_allowed',
  })
  await ada.ask(SHARE, { input: { documentId: id, userId: bob.userId, level: 'EDIT' } })
  expect((await bob.ask(change, rename)).updateDocument.document).toEqual({ title: 'Bouillabaisse' })
  expect((await ada.ask(`{ documents(search: "bouillabaisse") { totalCount } }`)).documents.totalCount).toBe(1)

  await ada.ask(`mutation ($id: ID!) { unshareDocument(input: { shareId: $id }) { __typename } }`, {
    id: shareDocument.share.id,
  })
  expect((await bob.ask(DOCUMENT, { id })).document).toBeNull()
})

test('shared with a group, a document is there for its members until they leave', async () => {
  const id = await add(ada, 'minutes.txt', 'the board met')
  const { createGroup } = await admin.ask(
    `mutation ($name: String!) { createGroup(input: { name: $name }) { ... on CreateGroupSuccess { group { id } } ... on Error { message } } }`,
    { name: `board-${randomUUID().slice(0, 8)}` },
  )
  const groupId = createGroup.group.id as string
  await ada.ask(SHARE, { input: { documentId: id, groupId, level: 'VIEW' } })
  expect((await bob.ask(DOCUMENT, { id })).document).toBeNull()
  const member = (verb: string) =>
    admin.ask(
      `mutation ($g: ID!, $u: ID!) { ${verb}GroupMember(input: { groupId: $g, userId: $u }) { __typename ... on Error { message } } }`,
      { g: groupId, u: bob.userId },
    )
  await member('add')
  const until = async (seen: boolean) => {
    for (let tries = 0; tries < 50; tries++) {
      if (((await bob.ask(DOCUMENT, { id })).document !== null) === seen) return true
      await sleep(50)
    }
    return false
  }
  expect(await until(true)).toBe(true)
  const { group } = await bob.ask(`query ($id: ID!) { group(id: $id) { sharedDocuments { edges { node { id } } } } }`, {
    id: groupId,
  })
  expect(group.sharedDocuments.edges).toEqual([{ node: { id } }])
  await member('remove')
  expect(await until(false)).toBe(true)
})

test('a link opens one document to a stranger, as often as it says, and no longer than it is there', async () => {
  const id = await add(ada, 'flyer.txt', 'come one, come all')
  const create = `mutation ($input: CreateShareLinkInput!) { createShareLink(input: $input) { ... on CreateShareLinkSuccess { token url link { id } } ... on Error { message } } }`
  const { createShareLink } = await ada.ask(create, {
    input: { documentId: id, maxDownloads: 2, password: 'open sesame' },
  })
  const { token, url } = createShareLink
  expect(url).toMatch(new RegExp(`/s/${token}$`))
  const look = `query ($t: String!, $p: String) { sharedLink(token: $t, password: $p) { __typename ... on SharedLink { title size downloadsLeft } ... on Error { code } } }`
  const seen = async (p?: string, t = token) => (await stranger.ask(look, { t, p })).sharedLink
  expect(await seen()).toEqual({ __typename: 'LinkPasswordError', code: 'documents.link.password' })
  expect(await seen('open barley')).toMatchObject({ code: 'documents.link.password' })
  expect(await seen('open sesame')).toEqual({ __typename: 'SharedLink', title: 'flyer', size: 18, downloadsLeft: 2 })
  const download = async () =>
    (
      await stranger.ask(
        `mutation ($t: String!) { downloadSharedLink(input: { token: $t, password: "open sesame" }) { ... on DownloadSharedLinkSuccess { url } ... on Error { code } } }`,
        { t: token },
      )
    ).downloadSharedLink
  expect(await fetchText(stranger, (await download()).url)).toBe('come one, come all')
  await download()
  expect(await download()).toEqual({ code: 'documents.link.not_found' })
  const free = (await ada.ask(create, { input: { documentId: id } })).createShareLink
  expect(await seen(undefined, free.token)).toMatchObject({ title: 'flyer' })
  await ada.ask(`mutation ($id: ID!) { revokeShareLink(input: { id: $id }) { __typename } }`, { id: free.link.id })
  expect(await seen(undefined, free.token)).toEqual({
    __typename: 'LinkNotFoundError',
    code: 'documents.link.not_found',
  })
})

test('a newer file takes the place of the older, which stays to be downloaded and restored', async () => {
  const id = await add(ada, 'novel.txt', 'first draft')
  const replace = `mutation ($input: ReplaceFileInput!) { replaceFile(input: $input) { ... on ReplaceFileSuccess { upload { id url headers { name value } } } ... on Error { message } } }`
  const second = bytes('second draft')
  const { replaceFile } = await ada.ask(replace, {
    input: { id, filename: 'novel-2.txt', contentType: 'text/plain', size: second.length },
  })
  const { upload } = replaceFile
  await ada.put(
    upload.url,
    second,
    Object.fromEntries(upload.headers.map((each: { name: string; value: string }) => [each.name, each.value])),
  )
  const done = await ada.ask(
    `mutation ($id: ID!) { completeUpload(input: { uploadId: $id }) { ... on CompleteUploadSuccess { document { id title } } ... on Error { message } } }`,
    { id: upload.id },
  )
  expect(done.completeUpload.document).toEqual({ id, title: 'novel' })
  await ada.untilDone(id)
  const { document } = await ada.ask(DOCUMENT, { id })
  expect(
    document.versions.map(({ number, current }: { number: number; current: boolean }) => [number, current]),
  ).toEqual([
    [2, true],
    [1, false],
  ])
  expect(await Promise.all(document.versions.map((version: any) => fetchText(ada, version.file.download.url)))).toEqual(
    ['second draft', 'first draft'],
  )
  await ada.ask(`mutation ($id: ID!) { restoreVersion(input: { versionId: $id }) { __typename } }`, {
    id: document.versions[1].id,
  })
  await ada.untilDone(id)
  const restored = (await ada.ask(DOCUMENT, { id })).document
  expect(await fetchText(ada, restored.file.download.url)).toBe('first draft')
  expect((await ada.ask(`{ documents(search: "draft first") { totalCount } }`)).documents.totalCount).toBe(1)
})

test('deleted for good, a document leaves nothing behind', async () => {
  const id = await add(ada, 'regret.txt', 'never mind')
  const change = (verb: string) =>
    ada.ask(
      `mutation ($ids: [ID!]!) { ${verb}Documents(input: { ids: $ids }) { __typename ... on Error { message } } }`,
      { ids: [id] },
    )
  const rowId = Buffer.from(id, 'base64url').toString().split(':')[1]
  const [before] = (await house.sql('storage', `SELECT id FROM blobs WHERE document_id = $1`, [rowId])) as {
    id: string
  }[]
  expect(before).toBeDefined()
  await change('trash')
  expect((await ada.ask(`{ documents(search: "never mind") { totalCount } }`)).documents.totalCount).toBe(0)
  expect((await ada.ask(`{ documents(search: "never mind is:trashed") { totalCount } }`)).documents.totalCount).toBe(1)
  await change('purge')
  expect((await ada.ask(DOCUMENT, { id })).document).toBeNull()
  const left = async () => ({
    documents: (await house.sql('documents', `SELECT 1 FROM documents WHERE id = $1`, [rowId])).length,
    entries: (await house.sql('documents', `SELECT 1 FROM search_entries WHERE document_id = $1`, [rowId])).length,
  })
  for (let tries = 0; tries < 200 && (await left()).documents > 0; tries++) await sleep(50)
  expect(await left()).toEqual({ documents: 0, entries: 0 })
})

test('a change to everything that matches runs by itself and is taken back', async () => {
  for (const name of ['one', 'two', 'three']) await add(bob, `${name}.txt`, 'a pangolin')
  const start = await bob.ask(
    `mutation { bulkUpdateDocuments(input: { search: "pangolin", change: { addTopics: ["animals"] } }) { ... on BulkUpdateDocumentsSuccess { bulkUpdate { id total } } ... on Error { message } } }`,
  )
  const { id, total } = start.bulkUpdateDocuments.bulkUpdate
  expect(total).toBe(3)
  const until = async (state: string) => {
    for (let tries = 0; tries < 200; tries++) {
      const { bulkUpdate } = await bob.ask(`query ($id: ID!) { bulkUpdate(id: $id) { state done skipped kept } }`, {
        id,
      })
      if (bulkUpdate.state === state) return bulkUpdate
      await sleep(50)
    }
    throw new Error('it did not come to an end')
  }
  expect(await until('DONE')).toMatchObject({ done: 3, skipped: 0 })
  const { documents } = await bob.ask(
    `{ documents(search: "topic:animals") { totalCount edges { node { topics { provenance topic { name documentCount } } } } facets { topics { count topic { name } } } } }`,
  )
  expect(documents).toMatchObject({ totalCount: 3, facets: { topics: [{ count: 3, topic: { name: 'animals' } }] } })
  expect(documents.edges[0].node.topics).toEqual([
    { provenance: 'PERSON', topic: { name: 'animals', documentCount: 3 } },
  ])
  await bob.ask(`mutation ($id: ID!) { undoBulkUpdate(input: { id: $id }) { __typename } }`, { id })
  await until('UNDONE')
  expect((await bob.ask(`{ topics { totalCount } }`)).topics.totalCount).toBe(0)
})

test('limits are set by administrators, and hold', async () => {
  const set = `mutation ($input: UpdateDocumentLimitsInput!) { updateDocumentLimits(input: $input) { ... on UpdateDocumentLimitsSuccess { documentLimits { maxPdfSize } } ... on Error { message } } }`
  expect((await ada.send(set, { input: { maxPdfSize: 10 } })).errors?.[0]?.extensions?.code).toBe('FORBIDDEN')
  expect((await admin.ask(set, { input: { maxPdfSize: 10 } })).updateDocumentLimits).toEqual({
    documentLimits: { maxPdfSize: 10 },
  })
  const announced = await ada.announce('big.pdf', 'application/pdf', 11)
  expect(announced).toMatchObject({ code: 'documents.upload.too_large' })
  expect((await ada.ask('{ documentLimits { maxPdfSize } }')).documentLimits.maxPdfSize).toBe(10)
})

test('a token does what its scopes say, and no more', async () => {
  const id = await add(ada, 'scoped.txt', 'scoped words')
  const create = `mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) { __typename ... on CreateApiTokenSuccess { token } ... on Error { code message } } }`
  const made = await ada.ask(create, { input: { name: 'reader', scopes: ['documents:read'] } })
  const reader = new Person(house.url)
  reader.token = made.createApiToken.token
  expect(reader.token, JSON.stringify(made)).toBeDefined()
  expect((await reader.ask(DOCUMENT, { id })).document.title).toBe('scoped')
  for (const mutation of [
    `trashDocuments(input: { ids: ["${id}"] })`,
    `updateDocument(input: { id: "${id}", title: "x" })`,
    `createShareLink(input: { documentId: "${id}" })`,
    `shareDocument(input: { documentId: "${id}", email: "a@b.c", level: VIEW })`,
    `createCategory(input: { name: "x" })`,
    `saveView(input: { name: "x", search: "" })`,
    `bulkUpdateDocuments(input: { search: "", change: { trash: true } })`,
    `replaceFile(input: { id: "${id}", filename: "a.txt", contentType: "text/plain", size: 1 })`,
    `updateDocumentLimits(input: { maxFileSize: 1 })`,
  ])
    expect((await reader.send(`mutation { ${mutation} { __typename } }`)).errors?.[0]?.extensions?.code, mutation).toBe(
      'FORBIDDEN',
    )
})
