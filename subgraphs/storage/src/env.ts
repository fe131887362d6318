import path from 'node:path'
import { commonEnv, databaseEnv, perService, serviceUrls } from '@archivolt/kit/env/common'
import { readEnv } from '@archivolt/kit/env/read-env'
import { z } from 'zod'

const shape = {
  ...commonEnv,
  ...databaseEnv,
  ...serviceUrls,
  PORT: z.coerce.number().int().min(0).max(65535).default(4003),
  /** The folder of this vault's own data; local blobs live in `files` below it. */
  ARCHIVOLT_DATA: z
    .string()
    .default('./data')
    .transform((folder) => path.resolve(folder)),
}

export type StorageEnv = ReturnType<typeof readStorageEnv>

/** @throws EnvironmentError naming every faulty variable */
export function readStorageEnv(source: Record<string, string | undefined>) {
  return readEnv(shape, perService('storage', source))
}
