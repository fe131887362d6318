import { fileURLToPath } from 'node:url'
import { prismaAdapter } from '@archivolt/kit/database/adapter'
import { migrate } from '@archivolt/kit/database/migrate'
import { DomainError, NotFoundError, UnavailableError } from '@archivolt/kit/errors/domain-error'
import { createLogger } from '@archivolt/kit/log/logger'
import { createTestDatabase } from '@archivolt/kit/testing/test-database'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PrismaClient, type Document } from '../../../prisma/client/client.ts'
import type { ByteStore } from '../../storage/byte-store.ts'
import { resumeSteps } from '../../ingest/usecases/resume-steps.ts'
import { completeUpload } from './complete-upload.ts'
import { sweepStale } from './sweep-stale.ts'

const log = createLogger('test', { level: 'silent', pretty: false })
const ownerId = uuidv7()
const HOUR = 3_600_000
const now = Date.now()
let database: Awaited<ReturnType<typeof createTestDatabase>>
let db: PrismaClient

beforeAll(async () => {
  database = await createTestDatabase()
  await migrate({
    url: database.url,
    folder: fileURLToPath(new URL('../../../prisma/migrations', import.meta.url)),
    log,
  })
  db = new PrismaClient({ adapter: prismaAdapter('test', database.url, 2) })
})

afterAll(async () => {
  await db.$disconnect()
  await database.drop()
})

const document = (change: Partial<Document>) =>
  db.document.create({
    data: { id: uuidv7(), ownerId, title: 't', filename: 't.txt', contentType: 'text/plain', size: 4, ...change },
  })

/** A storage that answers `abort` like this. */
async function sweepWith(abort: () => Promise<void>): Promise<void> {
  const blob = { blobId: uuidv7(), size: 4, sha256: 'a'.repeat(64), contentType: 'text/plain' }
  const bytes = { abort, complete: async () => blob } as unknown as ByteStore
  const outbox = { kick: () => {} }
  const complete = completeUpload({ db, bytes, outbox, announce: async () => {} })
  const resume = resumeSteps({ db, outbox, announce: async () => {}, log, now: () => now })
  await sweepStale({ db, bytes, completeUpload: complete, resumeSteps: resume, log, now: () => now })(
    new AbortController().signal,
  )
}

const statusOf = async (id: string) => (await db.document.findUnique({ where: { id } }))?.status ?? 'gone'
const jobsOf = (id: string) => db.outbox.count({ where: { payload: { path: ['documentId'], equals: id } } })

test('an upload that never came is removed, a young one is left alone', async () => {
  const old = await document({ createdAt: new Date(now - 8 * HOUR) })
  const young = await document({ createdAt: new Date(now - HOUR) })
  await sweepWith(async () => {
    throw new NotFoundError('The upload')
  })
  expect([await statusOf(old.id), await statusOf(young.id)]).toEqual(['gone', 'UPLOADING'])
})

test('a document whose bytes storage has committed is taken in, not removed', async () => {
  const cutOff = await document({ createdAt: new Date(now - 8 * HOUR) })
  await sweepWith(async () => {
    throw new DomainError('storage.upload.used', 'used')
  })
  expect([await statusOf(cutOff.id), await jobsOf(cutOff.id)]).toEqual(['PROCESSING', 1])
})

test('nothing is removed while storage is away', async () => {
  const waiting = await document({ createdAt: new Date(now - 8 * HOUR) })
  await sweepWith(async () => {
    throw new UnavailableError('The storage service')
  })
  expect(await statusOf(waiting.id)).toBe('UPLOADING')
})

test('a document that lost its job gets another, once', async () => {
  const lost = await document({ status: 'PROCESSING', blobId: uuidv7(), updatedAt: new Date(now - 4 * HOUR) })
  const busy = await document({ status: 'PROCESSING', blobId: uuidv7(), updatedAt: new Date(now - HOUR) })
  const sweep = () => sweepWith(async () => {})
  await sweep()
  await sweep()
  expect([await jobsOf(lost.id), await jobsOf(busy.id)]).toEqual([1, 0])
})
