import { commonEnv, databaseEnv, perService, serviceUrls } from '@archivolt/kit/env/common'
import { readEnv } from '@archivolt/kit/env/read-env'
import { z } from 'zod'

const shape = {
  ...commonEnv,
  ...databaseEnv,
  ...serviceUrls,
  PORT: z.coerce.number().int().min(0).max(65535).default(4002),
  /** Bytes of the largest file that is taken in. */
  MAX_FILE_SIZE: z.coerce
    .number()
    .int()
    .min(1)
    .default(5 * 1024 ** 3),
  /** Where the vault, or its web client, is for people: the addresses of links. */
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).default('http://localhost:4000'),
  FRONTEND_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Days that documents stay in the trash before they are deleted for good. */
  TRASH_DAYS: z.coerce.number().int().min(1).max(3650).default(30),
  /** Documents that are read for text at the same time. */
  INGEST_CONCURRENCY: z.coerce.number().int().min(1).max(32).default(2),
  /** Scanned documents that are read at the same time. */
  OCR_CONCURRENCY: z.coerce.number().int().min(1).max(32).default(1),
  /** Tesseract's names of the languages that scans may be in. */
  OCR_LANGUAGES: z
    .string()
    .regex(/^[A-Za-z_]{3,20}(\+[A-Za-z_]{3,20}){0,9}$/, 'must be names of Tesseract such as eng+deu+fra, at most ten')
    .default('eng+deu+fra'),
  /** Scanned pages that are read of one document at most. */
  OCR_MAX_PAGES: z.coerce.number().int().min(1).max(5000).default(300),
  /** Documents whose pages are drawn at the same time. */
  PREVIEW_CONCURRENCY: z.coerce.number().int().min(1).max(32).default(1),
  /** Pages that are drawn of one document at most. */
  PREVIEW_PAGES: z.coerce.number().int().min(1).max(100).default(5),
  /** Where the `tesseract` program is looked for, and where it keeps its languages. */
  PATH: z.string().default('/usr/local/bin:/usr/bin:/bin'),
  TESSDATA_PREFIX: z.string().optional(),
}

export type DocumentsEnv = ReturnType<typeof readDocumentsEnv>

/** @throws EnvironmentError naming every faulty variable */
export function readDocumentsEnv(source: Record<string, string | undefined>) {
  return readEnv(shape, perService('documents', source))
}
