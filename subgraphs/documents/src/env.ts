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
  /** Documents that are read for text at the same time. */
  INGEST_CONCURRENCY: z.coerce.number().int().min(1).max(32).default(2),
}

export type DocumentsEnv = ReturnType<typeof readDocumentsEnv>

/** @throws EnvironmentError naming every faulty variable */
export function readDocumentsEnv(source: Record<string, string | undefined>) {
  return readEnv(shape, perService('documents', source))
}
