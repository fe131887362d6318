import { defineJob, type JobDefinition } from '@archivolt/kit/jobs/job'
import { z } from 'zod'

/** In the order they are done; the picture of a document waits for none but the first. */
export const STEPS = ['VERIFY', 'TEXT', 'OCR', 'INDEX', 'PREVIEW'] as const
export type Step = (typeof STEPS)[number]

/** Steps without which a document is not READY: a missing picture is a small loss. */
export const REQUIRED: readonly Step[] = ['VERIFY', 'TEXT', 'OCR', 'INDEX']

/** Queues of their own, so that text never waits behind scans, and nothing else of the service behind either. */
export const INGEST_QUEUE = 'documents-ingest'
export const OCR_QUEUE = 'documents-ocr'
export const PREVIEW_QUEUE = 'documents-previews'

export interface StepTask {
  documentId: string
  /** The bytes it is about: a document that has others by now is left alone. */
  blobId: string
  /** The go of which the step is part. */
  run: string
}

const schema = z.object({ documentId: z.uuid(), blobId: z.uuid(), run: z.uuid() })
// With doubling pauses from 2 s on this outlasts a storage that is away for two hours.
const patience = { attempts: 13, backoffMs: 2000 }
const MINUTE = 60_000

/** The job of each step. */
export const stepJobs: Record<Step, JobDefinition<StepTask>> = {
  VERIFY: defineJob({ queue: INGEST_QUEUE, name: 'verify', schema, ...patience }),
  TEXT: defineJob({ queue: INGEST_QUEUE, name: 'read-text', schema, ...patience }),
  // A thick stack of scans takes its time; pages that are read stay read when it is broken off.
  OCR: defineJob({ queue: OCR_QUEUE, name: 'read-scans', schema, ...patience, timeoutMs: 120 * MINUTE }),
  INDEX: defineJob({ queue: INGEST_QUEUE, name: 'index', schema, ...patience }),
  PREVIEW: defineJob({ queue: PREVIEW_QUEUE, name: 'draw-previews', schema, ...patience, timeoutMs: 30 * MINUTE }),
}
