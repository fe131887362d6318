import { randomUUID } from 'node:crypto'
import type { AuditEvent } from '@archivolt/kit/audit/record-audit'
import { deriveKey, signingKeys } from '@archivolt/kit/identity/keys'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createMemoryObjects } from '../testing/memory-objects.ts'
import { openIdentityDatabase, type IdentityDatabase } from '../testing/identity-database.ts'
import { findEvents } from './find-events.ts'
import { readHead } from './read-head.ts'
import { exportAudit } from './usecases/export-audit.ts'
import { recordEvent } from './usecases/record-event.ts'
import { verifyAudit, type SignedHead } from './usecases/verify-audit.ts'

const SECRET = 'a secret of at least thirty-two characters'
const chainKey = deriveKey(SECRET, 'audit-chain')
const headKeys = signingKeys(SECRET, 'audit-heads')
const DAY = 86_400_000
const START = Date.parse('2026-03-01T12:00:00Z')
let time = START
const now = () => time
let at: IdentityDatabase

beforeAll(async () => (at = await openIdentityDatabase()))
afterAll(() => at.drop())
beforeEach(async () => {
  time = START
  await at.asSuperuser('TRUNCATE audit_events, audit_exports')
})

const event = (change: Partial<AuditEvent> = {}): AuditEvent => ({
  at: new Date(time).toISOString(),
  type: 'identity.session.opened',
  actorId: null,
  target: null,
  ip: '192.0.2.1',
  requestId: 'r',
  details: {},
  ...change,
})
const record = (change?: Partial<AuditEvent>, id: string = randomUUID()) =>
  recordEvent({ db: at.db, chainKey, now })(id, event(change))
const verify = (heads: SignedHead[] = []) => verifyAudit({ db: at.db, chainKey, headKey: headKeys.publicKey })(heads)
const objects = () => createMemoryObjects()
const exporter = (store = objects()) => exportAudit({ db: at.db, objects: store, signingKey: headKeys.privateKey, now })

const linesOf = (bytes: Buffer | undefined) =>
  String(bytes)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
const headsOf = (files: Map<string, Buffer>): SignedHead[] =>
  [...files].map(([source, bytes]) => ({ ...linesOf(bytes).at(-1), source }))

test('200 events at once make one unbroken chain, and a repeated delivery changes nothing', async () => {
  const ids = Array.from({ length: 200 }, () => randomUUID())
  await Promise.all([...ids, ...ids.slice(0, 50)].map((id) => record({}, id)))
  expect(await verify()).toEqual({ ok: true, events: 200, heads: 0 })
})

test('the role of the service may add and read, and nothing else', async () => {
  await record()
  for (const sql of [
    'UPDATE audit_events SET type = type',
    'DELETE FROM audit_events',
    'TRUNCATE audit_events',
    'DROP TABLE audit_events',
    'UPDATE audit_exports SET name = name',
    'DELETE FROM audit_exports',
    'CREATE TABLE mine (id int)',
    'CREATE TRIGGER mine BEFORE INSERT ON audit_events EXECUTE FUNCTION suppress_redundant_updates_trigger()',
  ]) {
    await expect(at.db.$executeRawUnsafe(sql), sql).rejects.toThrow(/permission denied|must be owner/)
  }
  expect(await verify()).toMatchObject({ ok: true, events: 1 })
})

test('what slipped into an event and must not be kept, is not', async () => {
  const jwt = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl'
  await record({
    details: {
      password: 'canary-password',
      note: `with ${jwt} in it`,
      other: `avt_${'a'.repeat(36)}`,
      cut: 'a\0b\ud800c',
    },
  })
  const row = await at.db.auditEvent.findFirstOrThrow()
  expect(row.details).toEqual({
    password: '[redacted]',
    note: 'with [redacted] in it',
    other: '[redacted]',
    cut: 'a\uFFFDb\uFFFDc',
  })
  expect(await verify()).toMatchObject({ ok: true })
})

describe('tampering as superuser', () => {
  beforeEach(async () => {
    for (let i = 0; i < 6; i++) await record({ details: { i, name: `event ${i}` } })
  })
  test.each([
    ['a changed row', `UPDATE audit_events SET details = '{"i": 9}' WHERE seq = 3`, 3],
    ['a changed time', `UPDATE audit_events SET at = at + interval '1 ms' WHERE seq = 2`, 2],
    ['a row under another service', `UPDATE audit_events SET service = 'storage' WHERE seq = 4`, 4],
    ['a deleted row', 'DELETE FROM audit_events WHERE seq = 4', 4],
    ['a deleted beginning', 'DELETE FROM audit_events WHERE seq < 3', 1],
    [
      'a deleted row with the gap closed',
      'DELETE FROM audit_events WHERE seq = 2; UPDATE audit_events SET seq = seq - 1 WHERE seq > 2',
      2,
    ],
    [
      'two rows exchanged',
      'UPDATE audit_events SET seq = 99 WHERE seq = 3; UPDATE audit_events SET seq = 3 WHERE seq = 4; UPDATE audit_events SET seq = 4 WHERE seq = 99',
      3,
    ],
    [
      'a copied row put in',
      'INSERT INTO audit_events SELECT 7, gen_random_uuid(), at, recorded_at, type, service, actor_id, target_type, target_id, ip, request_id, details, mac FROM audit_events WHERE seq = 6',
      7,
    ],
  ])('%s is named', async (_what, sql, seq) => {
    await at.asSuperuser(sql)
    expect(await verify()).toMatchObject({ ok: false, seq })
  })

  test('a tail that was cut off shows against the exported head alone', async () => {
    time += DAY
    const store = objects()
    await exporter(store)()
    await at.asSuperuser('DELETE FROM audit_events WHERE seq > 4')
    expect(await verify(), 'the chain itself is whole').toMatchObject({ ok: true, events: 4 })
    const verdict = await verify(headsOf(store.files))
    expect(verdict).toMatchObject({ ok: false, seq: 5, reason: expect.stringContaining('2026-03-01.jsonl') })
  })

  test('a log written anew by someone with the key shows against the exported head', async () => {
    time += DAY
    const store = objects()
    await exporter(store)()
    time = START
    await at.asSuperuser('TRUNCATE audit_events')
    for (let i = 0; i < 6; i++) await record({ details: { i, name: 'another story' } })
    expect(await verify()).toMatchObject({ ok: true })
    expect(await verify(headsOf(store.files))).toMatchObject({ ok: false, seq: 6 })
  })

  test('a head that is not signed by this vault is refused', async () => {
    time += DAY
    const store = objects()
    await exporter(store)()
    const [signed] = headsOf(store.files)
    const forged = { ...signed!, head: { ...signed!.head, lastSeq: 2 } }
    expect(await verify([forged])).toMatchObject({ ok: false, reason: expect.stringContaining('not signed') })
  })
})

describe('the daily export', () => {
  test('writes each finished day once, the missed ones and the empty ones too, with a signed head', async () => {
    await record({ details: { n: 1 } })
    time += 3 * DAY
    await record({ details: { n: 2 } })
    const store = objects()
    const days = await exporter(store)()
    expect([...store.files.keys()]).toEqual([
      'audit/2026/03/2026-03-01.jsonl',
      'audit/2026/03/2026-03-02.jsonl',
      'audit/2026/03/2026-03-03.jsonl',
    ])
    expect(days.map((day) => day.events)).toEqual([1, 0, 0])
    const [first, last] = [...store.files.values()].map(linesOf).flatMap((lines) => [lines[0], lines.at(-1)])
    expect(first).toMatchObject({ seq: 1, type: 'identity.session.opened', details: { n: 1 } })
    expect(last).toMatchObject({ head: { day: '2026-03-01', events: 1, lastSeq: 1 } })
    expect(await exporter(store)(), 'nothing is due').toEqual([])
    expect(await verify(headsOf(store.files))).toMatchObject({ ok: true, heads: 3 })
  })

  test('is the same file whoever writes it, twice or at once', async () => {
    await record()
    time += DAY
    const [a, b] = [objects(), objects()]
    await exporter(a)()
    await at.asSuperuser('TRUNCATE audit_exports')
    await exporter(b)()
    expect(b.files).toEqual(a.files)
    await at.asSuperuser('TRUNCATE audit_exports')
    // Ended between the file and its row, and then two at once.
    await Promise.all([exporter(a)(), exporter(a)()])
    expect(a.files).toEqual(b.files)
    expect(await at.db.auditExport.count()).toBe(1)
  })

  test('does not write over a file that says something else', async () => {
    await record()
    time += DAY
    const store = objects()
    store.files.set('audit/2026/03/2026-03-01.jsonl', Buffer.from('another story'))
    await expect(exporter(store)()).rejects.toMatchObject({ code: 'identity.audit.export_differs' })
    expect(String(store.files.get('audit/2026/03/2026-03-01.jsonl'))).toBe('another story')
    expect(await at.db.auditExport.count()).toBe(0)
  })

  test('a clock that was set back puts no event into an exported day', async () => {
    await record()
    time += DAY
    await record()
    await exporter()()
    time -= DAY
    await record()
    expect((await at.db.auditEvent.findFirstOrThrow({ orderBy: { seq: 'desc' } })).recordedAt.getTime()).toBe(
      START + DAY,
    )
  })

  test('names made to break lines, paint terminals or turn text round stay text on one line', async () => {
    const name = "=cmd|' /C calc'!A1\r\nforged\u001b[2Jx\u009b31m\u2028y\u202ez"
    await record({ details: { name } })
    time += DAY
    const store = objects()
    await exporter(store)()
    const text = String(store.files.get('audit/2026/03/2026-03-01.jsonl'))
    expect(text.split('\n')).toHaveLength(3)
    // eslint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e]/)
    expect(linesOf(Buffer.from(text))[0].details.name, 'and say what was said').toBe(name)
  })
})

test('a file is read back with its head; one that was cut or changed is named', async () => {
  await record({ details: { name: 'ü' } })
  time += DAY
  const store = objects()
  await exporter(store)()
  const bytes = store.files.get('audit/2026/03/2026-03-01.jsonl') ?? Buffer.alloc(0)
  const inPieces = async function* (of: Buffer) {
    for (let i = 0; i < of.length; i += 7) yield of.subarray(i, i + 7)
  }
  expect(await verify([await readHead('file', inPieces(bytes))])).toMatchObject({ ok: true, heads: 1 })
  await expect(readHead('file', inPieces(bytes.subarray(0, -20)))).rejects.toThrow('cut off')
  const changed = Buffer.from(String(bytes).replace('192.0.2.1', '192.0.2.2'))
  await expect(readHead('file', inPieces(changed))).rejects.toThrow('were changed')
  await expect(readHead('file', inPieces(Buffer.alloc(0)))).rejects.toThrow('cut off')
})

test('filters and pages, the newest first, also among events of one moment', async () => {
  const actorId = randomUUID()
  for (let i = 0; i < 5; i++)
    await record({ type: 'storage.backend.added', actorId, target: { type: 'Backend', id: 'b' } })
  await record()
  time += 1000
  await record({ type: 'storage.quota.exceeded', actorId })
  const seqs = async (filter: object, after?: string | null) => {
    const page = await findEvents(at.db, { filter, first: 4, after })
    return { seqs: page.edges.map(({ node }) => Number(node.seq)), next: page.pageInfo }
  }
  const first = await seqs({ actorId })
  expect(first.seqs).toEqual([7, 5, 4, 3])
  const second = await seqs({ actorId }, first.next.endCursor)
  expect(second).toMatchObject({ seqs: [2, 1], next: { hasNextPage: false } })
  expect((await seqs({ service: 'storage', from: new Date(START + 1) })).seqs).toEqual([7])
  expect((await seqs({ type: 'storage.backend.added', target: { type: 'Backend', id: 'c' } })).seqs).toEqual([])
  expect((await seqs({ to: new Date(START + 1) })).seqs).toEqual([6, 5, 4, 3])
  await expect(seqs({}, 'AAAA')).rejects.toMatchObject({ field: 'after' })
  await expect(seqs({ from: new Date(2), to: new Date(1) })).rejects.toMatchObject({ field: 'to' })
})
