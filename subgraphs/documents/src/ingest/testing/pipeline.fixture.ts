import { createHash, randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { prismaAdapter } from '@archivolt/kit/database/adapter'
import { migrate } from '@archivolt/kit/database/migrate'
import type { JobContext, JobDoor } from '@archivolt/kit/jobs/job'
import { createLogger } from '@archivolt/kit/log/logger'
import type { ObjectStore } from '@archivolt/kit/objects/object-store'
import { createTestDatabase } from '@archivolt/kit/testing/test-database'
import { v7 as uuidv7 } from 'uuid'
import { PrismaClient, type Document } from '../../../prisma/client/client.ts'
import type { ByteStore } from '../../storage/byte-store.ts'
import { openIngest } from '../open-ingest.ts'
import { beginProcessing } from '../usecases/begin-processing.ts'

export interface Pipeline {
  db: PrismaClient
  /** What storage keeps for this service, by its name. */
  objects: Map<string, Buffer>
  /** The bytes of documents; an error in their place is what storage answers. */
  blobs: Map<string, Uint8Array | Error>
  /** How often the bytes of a blob were fetched. */
  fetched: Map<string, number>
  announced: string[]
  /** A document whose upload is complete, with its first job on the way. */
  add(filename: string, contentType: string, bytes: Uint8Array | string, ownerId?: string): Promise<string>
  /** Runs jobs until none is left; a job that fails runs again, its tries counted. */
  run(options?: { lastAttempt?: boolean; only?: (name: string) => boolean }): Promise<void>
  /** Takes the jobs that are on the way off the outbox. */
  takeJobs(): Promise<{ name: string; payload: unknown }[]>
  /** Runs one job, once. */
  runJob(
    job: { name: string; payload: unknown },
    context?: { signal?: AbortSignal; attempt?: number; lastAttempt?: boolean },
  ): Promise<void>
  document(id: string): Promise<Document>
  /** The states of its steps, with their notes. */
  steps(id: string): Promise<Record<string, string>>
  /** What search finds it by. */
  text(id: string): Promise<string>
  close(): Promise<void>
}

export const OWNER = uuidv7()
const TRIES = 3

/** All steps on a database of their own, with storage in memory and jobs run one after the other. */
export async function openPipeline(
  environment: Partial<Parameters<typeof openIngest>[0]['env']> = {},
): Promise<Pipeline> {
  const log = createLogger('test', { level: 'silent', pretty: false })
  const database = await createTestDatabase()
  const folder = fileURLToPath(new URL('../../../prisma/migrations', import.meta.url))
  await migrate({ url: database.url, folder, log })
  const db = new PrismaClient({ adapter: prismaAdapter('test', database.url, 4) })
  const blobs = new Map<string, Uint8Array | Error>()
  const fetched = new Map<string, number>()
  const objects = new Map<string, Buffer>()
  const announced: string[] = []
  const doors = new Map<string, JobDoor>()
  const bytes = {
    async read(blobId: string) {
      fetched.set(blobId, (fetched.get(blobId) ?? 0) + 1)
      const blob = blobs.get(blobId)
      if (blob instanceof Error || !blob) throw blob ?? new Error('no such blob')
      return Readable.from(piecesOf(blob))
    },
  } as unknown as ByteStore
  const ingest = openIngest({
    env: {
      ...{ INGEST_CONCURRENCY: 1, OCR_CONCURRENCY: 1, PREVIEW_CONCURRENCY: 1, PREVIEW_PAGES: 3, OCR_MAX_PAGES: 10 },
      ...{ OCR_LANGUAGES: 'eng', PATH: '/usr/local/bin:/usr/bin:/bin' },
      ...environment,
    },
    db,
    bytes,
    objects: objectsIn(objects),
    announce: async ({ id }) => void announced.push(id),
    outbox: { kick: () => {} },
    log,
    queues: {
      worker: async (_queue, { handlers }) => {
        for (const door of handlers) doors.set(door.job.name, door)
        return { close: async () => {} }
      },
    },
  })
  for (const door of ingest.handlers) doors.set(door.job.name, door)
  await ingest.start()

  const pipeline: Pipeline = {
    ...{ db, objects, blobs, fetched, announced },
    async add(filename, contentType, content, ownerId = OWNER) {
      const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
      const id = uuidv7()
      const blobId = randomUUID()
      blobs.set(blobId, bytes)
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      const data = { id, ownerId, title: filename, filename, contentType, size: bytes.length, blobId, sha256 }
      await db.document.create({ data })
      await db.$transaction((tx) => beginProcessing(tx, { id, blobId }))
      return id
    },
    async run({ lastAttempt, only = () => true } = {}) {
      for (;;) {
        const jobs = await pipeline.takeJobs()
        if (jobs.length === 0) return
        for (const job of jobs) if (only(job.name)) await withTries(job, lastAttempt)
      }
    },
    async takeJobs() {
      return db.$queryRaw<{ name: string; payload: unknown }[]>`DELETE FROM "outbox" RETURNING "name", "payload"`
    },
    async runJob({ name, payload }, context = {}) {
      const signal = new AbortController().signal
      const given: JobContext = { id: 'test', signal, attempt: 1, lastAttempt: false, log, ...context }
      await doors.get(name)?.run(payload, given)
    },
    document: (id) => db.document.findUniqueOrThrow({ where: { id } }),
    async steps(id) {
      const rows = await db.processingStep.findMany({ where: { documentId: id } })
      return Object.fromEntries(rows.map(({ step, state, note }) => [step, note ? `${state}: ${note}` : state]))
    },
    text: async (id) => (await db.searchEntry.findUnique({ where: { documentId: id } }))?.body ?? '',
    async close() {
      await ingest.close()
      await db.$disconnect()
      await database.drop()
    },
  }
  return pipeline

  async function withTries(job: { name: string; payload: unknown }, lastAttempt?: boolean): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const last = lastAttempt ?? attempt === TRIES
      try {
        await pipeline.runJob(job, { attempt, lastAttempt: last })
        return
      } catch (error) {
        if (last) throw error
      }
    }
  }
}

/** In pieces, as a network brings them. */
function* piecesOf(bytes: Uint8Array): Generator<Buffer> {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at < whole.length; at += 65_536) yield whole.subarray(at, at + 65_536)
}

function objectsIn(kept: Map<string, Buffer>): ObjectStore {
  return {
    async put({ name }, body) {
      const bytes = Buffer.isBuffer(body) ? body : await buffer(body)
      kept.set(name, bytes)
      return { etag: createHash('sha256').update(bytes).digest('hex'), size: bytes.length, blobId: randomUUID() }
    },
    get: async () => null,
    delete: async ({ name }) => void kept.delete(name),
    async list(_bucket, { prefix = '' } = {}) {
      const names = [...kept.keys()].filter((name) => name.startsWith(prefix)).toSorted()
      const updatedAt = new Date(0)
      return { objects: names.map((name) => ({ name, size: 0, etag: '', updatedAt })), next: null }
    },
  }
}
