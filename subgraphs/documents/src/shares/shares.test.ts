import { randomUUID } from 'node:crypto'
import { UnavailableError } from '@archivolt/kit/errors/domain-error'
import type { RateLimits } from '@archivolt/kit/shared-state/rate-limits'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Document } from '../../prisma/client/client.ts'
import { HOUSE } from '../storage/byte-store.ts'
import { openLibrary, person, type Library } from '../testing/library.fixture.ts'
import { downloadSharedLink, openSharedLink } from './usecases/open-shared-link.ts'
import { shareDocument } from './usecases/share-document.ts'
import { createShareLink, revokeShareLink } from './usecases/share-link.ts'
import { unshareDocument } from './usecases/unshare-document.ts'

let library: Library
let document: Document
let rateLimits: RateLimits
const owner = person()
const friend = person()
const groupId = randomUUID()
const directory = {
  person: async (by: { email: string } | { id: string }) =>
    ('email' in by ? by.email === 'friend@example.org' : by.id === friend.userId) ? { id: friend.userId } : null,
  group: async (id: string) => (id === groupId ? { id } : null),
}
let storageIsAway = false
const bytes = {
  ticket: async (blobId: string) => {
    if (storageIsAway) throw new UnavailableError('The storage service')
    return { url: `/files/downloads/${blobId}`, expiresAt: new Date() }
  },
}

beforeAll(async () => {
  library = await openLibrary()
})
afterAll(() => library.close())
beforeEach(async () => {
  document = await library.add(owner, { title: 'Contract', body: 'capybara' })
  rateLimits = counting()
  storageIsAway = false
})

/** Counts as the real ones do, in windows that do not end. */
function counting(): RateLimits {
  const counts = new Map<string, number>()
  return {
    async consume(key, { points, windowSeconds }, cost = 1) {
      const taken = (counts.get(key) ?? 0) + cost
      counts.set(key, taken)
      const allowed = taken <= points
      return { allowed, remaining: Math.max(0, points - taken), retryAfterSeconds: allowed ? 0 : windowSeconds }
    },
    async reset(key) {
      counts.delete(key)
    },
  }
}

const share = (input: object, by = owner) =>
  shareDocument({ ...library, directory, rateLimits })(
    { documentId: document.id, level: 'VIEW', ...input },
    by.actor,
    HOUSE,
  )
const newLink = (input: object = {}) => createShareLink(library)({ documentId: document.id, ...input }, owner.actor)
const opener = (token: string, password?: string, ip = '198.51.100.7') => ({ token, password, ip, requestId: 'r' })
const open = (...args: Parameters<typeof opener>) => openSharedLink({ ...library, bytes, rateLimits })(opener(...args))
const download = (...args: Parameters<typeof opener>) =>
  downloadSharedLink({ ...library, bytes, rateLimits })(opener(...args))

test('a share opens, a second one changes the level, its end closes, and all of it is told to the audit log', async () => {
  const first = await share({ email: ' friend@example.org ' })
  expect(await library.find(friend, 'capybara')).toEqual(['Contract'])
  const again = await share({ userId: friend.userId, level: 'EDIT' })
  expect([again.id, again.level]).toEqual([first.id, 'EDIT'])
  await unshareDocument(library)(first.id, owner.actor)
  expect(await library.find(friend, 'capybara')).toEqual([])
  expect((await library.auditTypes()).slice(-3)).toEqual([
    'documents.document.shared',
    'documents.document.shared',
    'documents.document.unshared',
  ])
})

test('a group is shared with by its id', async () => {
  await share({ groupId })
  expect(await library.find(person([groupId]), 'capybara')).toContain('Contract')
  await expect(share({ groupId: randomUUID() })).rejects.toThrow('The group was not found.')
})

test('only the owner shares, with one who exists, who is not themselves, and one at a time', async () => {
  await share({ userId: friend.userId, level: 'EDIT' })
  await expect(share({ userId: randomUUID() }, friend)).rejects.toThrow('Only the owner')
  await expect(share({ userId: friend.userId }, person())).rejects.toThrow('The document was not found.')
  await expect(share({ email: 'nobody@example.org' })).rejects.toThrow('The person was not found.')
  await expect(share({})).rejects.toMatchObject({ field: 'email' })
  await expect(share({ email: 'a@b', userId: friend.userId })).rejects.toMatchObject({ field: 'email' })
  await expect(share({ email: 'x'.repeat(300) })).rejects.toMatchObject({ field: 'email' })
  const self = { person: async () => ({ id: owner.userId }), group: async () => null }
  const toSelf = shareDocument({ ...library, directory: self, rateLimits })
  await expect(
    toSelf({ documentId: document.id, email: 'me@x.org', level: 'VIEW' }, owner.actor, HOUSE),
  ).rejects.toThrow('yours already')
})

test('addresses are tried slowly', async () => {
  const tries = await Promise.allSettled(Array.from({ length: 130 }, (_, at) => share({ email: `${at}@example.org` })))
  const limited = tries.filter((each) => each.status === 'rejected' && /Too many/.test(String(each.reason)))
  expect(limited).toHaveLength(10)
})

test('a person gives back what was shared with them, but ends no share of others', async () => {
  const mine = await share({ userId: friend.userId })
  const groups = await share({ groupId })
  await expect(unshareDocument(library)(groups.id, friend.actor)).rejects.toThrow('Only the owner')
  await expect(unshareDocument(library)(mine.id, person().actor)).rejects.toThrow('The share was not found.')
  const sees = async () => (await library.list(friend)).edges.some(({ node }) => node.id === document.id)
  expect(await sees()).toBe(true)
  await unshareDocument(library)(mine.id, friend.actor)
  expect(await sees()).toBe(false)
})

test('a link opens to a stranger, and the database does not hold its token', async () => {
  const { link, token } = await newLink()
  expect(Buffer.from(token, 'base64url')).toHaveLength(24)
  expect((await open(token)).document.title).toBe('Contract')
  expect((await download(token)).url).toBe(`/files/downloads/${document.blobId}`)
  const rows = await library.db.$queryRaw<object[]>`SELECT * FROM "share_links" WHERE "id" = ${link.id}::uuid`
  expect(JSON.stringify(rows)).not.toContain(token)
  expect(JSON.stringify(await library.db.outbox.findMany())).not.toContain(token)
})

test('a link that ended is answered like one that never was', async () => {
  const revoked = await newLink()
  const expired = await newLink({ expiresAt: new Date(library.now() + 1000) })
  const trashed = await newLink()
  await revokeShareLink(library)(revoked.link.id, owner.actor)
  await revokeShareLink(library)(revoked.link.id, owner.actor)
  library.pass(1000)
  const never = 'x'.repeat(32)
  const answers = []
  for (const token of [revoked.token, expired.token, never, '', 'short', `${never}x`, "' OR 1=1 --"])
    answers.push(
      await open(token, undefined, token.slice(0, 5)).catch(
        (error: Error & { code: string }) => `${error.code} ${error.message}`,
      ),
    )
  await library.db.document.update({ where: { id: document.id }, data: { trashedAt: new Date() } })
  answers.push(await open(trashed.token).catch((error: Error & { code: string }) => `${error.code} ${error.message}`))
  expect(new Set(answers)).toEqual(
    new Set(['documents.link.not_found This link does not work, or does not work any more.']),
  )
  await expect(revokeShareLink(library)(expired.link.id, friend.actor)).rejects.toThrow('The link was not found.')
})

test('a limit of downloads holds exactly, however many come at once', async () => {
  const { token } = await newLink({ maxDownloads: 7 })
  const tries = await Promise.allSettled(
    Array.from({ length: 40 }, (_, at) => download(token, undefined, `192.0.2.${at}`)),
  )
  expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(7)
  await expect(open(token)).rejects.toThrow('does not work')
  const [link] = await library.db.shareLink.findMany({ where: { documentId: document.id } })
  expect(link?.downloads).toBe(7)
})

test('a download that nobody got is not counted', async () => {
  const { token } = await newLink({ maxDownloads: 1 })
  storageIsAway = true
  await expect(download(token)).rejects.toThrow('not reachable')
  storageIsAway = false
  await expect(download(token)).resolves.toBeDefined()
})

test('a password is asked for, hashed with Argon2, and not guessed', async () => {
  const { token, link } = await newLink({ password: 'rosebud-1941' })
  expect(link.passwordHash).toMatch(/^\$argon2id\$/)
  await expect(open(token)).rejects.toThrow('This link has a password.')
  for (let at = 0; at < 9; at++) await expect(open(token, `wrong ${at}`)).rejects.toThrow('The password is not right.')
  expect((await open(token, 'rosebud-1941')).document.title).toBe('Contract')
  for (let at = 0; at < 10; at++) await expect(open(token, `wrong ${at}`)).rejects.toThrow('The password is not right.')
  await expect(open(token, 'rosebud-1941')).rejects.toThrow('Too many attempts')
  // Whoever knows it, elsewhere, is not in the way of whoever does not.
  expect((await open(token, 'rosebud-1941', '203.0.113.9')).document.title).toBe('Contract')
  await expect(newLink({ password: 'short' })).rejects.toMatchObject({ field: 'password' })
})

test('tokens are not looked for', async () => {
  const guess = () => open(Buffer.from(randomUUID().slice(0, 24)).toString('base64url'), undefined, '203.0.113.66')
  const tries = await Promise.allSettled(Array.from({ length: 40 }, guess))
  expect(tries.filter((each) => each.status === 'rejected' && /Too many/.test(String(each.reason)))).toHaveLength(10)
})

test('shares and links of one document are bounded', async () => {
  await expect(newLink({ maxDownloads: 0 })).rejects.toMatchObject({ field: 'maxDownloads' })
  await expect(newLink({ expiresAt: new Date(0) })).rejects.toMatchObject({ field: 'expiresAt' })
  const made = await Promise.allSettled(Array.from({ length: 60 }, () => newLink()))
  expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(50)
})
