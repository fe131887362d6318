import { handle, type JobDoor } from '@archivolt/kit/jobs/job'
import type { OutboxDispatcher } from '@archivolt/kit/jobs/outbox'
import type { JobWorker, Queues } from '@archivolt/kit/jobs/queues'
import type { Logger } from '@archivolt/kit/log/logger'
import type { ObjectStore } from '@archivolt/kit/objects/object-store'
import type { PrismaClient } from '../../prisma/client/client.ts'
import type { AnnounceDocument } from '../documents/document-events.ts'
import type { DocumentsEnv } from '../env.ts'
import { drawPreviews } from '../previews/usecases/draw-previews.ts'
import type { ByteStore } from '../storage/byte-store.ts'
import { createOcr } from './ocr/ocr.ts'
import { createReader } from './reader/reader.ts'
import { reprocessJob } from './reprocess.job.ts'
import { INGEST_QUEUE, OCR_QUEUE, PREVIEW_QUEUE, stepJobs } from './steps.ts'
import { indexDocument } from './usecases/index-document.ts'
import { readScans } from './usecases/read-scans.ts'
import { readText } from './usecases/read-text.ts'
import { continueReprocess } from './usecases/reprocess-documents.ts'
import { verifyDocument } from './usecases/verify-document.ts'

interface Parts {
  env: Pick<
    DocumentsEnv,
    | 'INGEST_CONCURRENCY'
    | 'OCR_CONCURRENCY'
    | 'OCR_LANGUAGES'
    | 'OCR_MAX_PAGES'
    | 'PREVIEW_CONCURRENCY'
    | 'PREVIEW_PAGES'
    | 'PATH'
    | 'TESSDATA_PREFIX'
  >
  db: PrismaClient
  bytes: ByteStore
  objects: ObjectStore
  queues: Pick<Queues, 'worker'>
  announce: AnnounceDocument
  outbox: Pick<OutboxDispatcher, 'kick'>
  log: Logger
}

export interface Ingest {
  /** Jobs for the service's own queue. */
  handlers: JobDoor[]
  /** Starts the workers of the queues that documents are read in by. */
  start(): Promise<void>
  close(): Promise<void>
}

/** Ranks below the service itself, and pictures below text. */
const TEXT_NICENESS = 5
const PICTURE_NICENESS = 10

/** Wires all that reads documents in: the steps, their queues, and the processes they read in, each with a share of its own. */
export function openIngest({ env, db, bytes, objects, queues, announce, outbox, log }: Parts): Ingest {
  const readers = {
    text: createReader({ concurrency: env.INGEST_CONCURRENCY, niceness: TEXT_NICENESS }),
    scans: createReader({ concurrency: env.OCR_CONCURRENCY, niceness: PICTURE_NICENESS }),
    previews: createReader({ concurrency: env.PREVIEW_CONCURRENCY, niceness: PICTURE_NICENESS }),
  }
  const ocr = createOcr({
    languages: env.OCR_LANGUAGES.split('+'),
    environment: { PATH: env.PATH, ...(env.TESSDATA_PREFIX && { TESSDATA_PREFIX: env.TESSDATA_PREFIX }) },
    concurrency: env.OCR_CONCURRENCY,
    log,
  })
  const steps = { db, bytes, announce, outbox }
  const scanned = { ...steps, reader: readers.scans, proposer: readers.text, ocr, maxPages: env.OCR_MAX_PAGES }
  const drawn = { ...steps, objects, reader: readers.previews, maxPages: env.PREVIEW_PAGES }
  const lines = [
    {
      queue: INGEST_QUEUE,
      concurrency: env.INGEST_CONCURRENCY,
      handlers: [
        handle(stepJobs.VERIFY, verifyDocument({ ...steps, reader: readers.text })),
        handle(stepJobs.TEXT, readText({ ...steps, reader: readers.text })),
        handle(stepJobs.INDEX, indexDocument({ ...steps, reader: readers.text })),
      ],
    },
    { queue: OCR_QUEUE, concurrency: env.OCR_CONCURRENCY, handlers: [handle(stepJobs.OCR, readScans(scanned))] },
    {
      queue: PREVIEW_QUEUE,
      concurrency: env.PREVIEW_CONCURRENCY,
      handlers: [handle(stepJobs.PREVIEW, drawPreviews(drawn))],
    },
  ]
  const workers: JobWorker[] = []
  return {
    handlers: [handle(reprocessJob, continueReprocess({ db, outbox, announce }))],
    async start() {
      for (const { queue, ...options } of lines) workers.push(await queues.worker(queue, options))
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.close()))
      await Promise.all([...Object.values(readers), ocr].map((part) => part.close()))
    },
  }
}
