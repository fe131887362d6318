import path from 'node:path'
import { commonEnv, databaseEnv, perService, serviceUrls } from '@archivolt/kit/env/common'
import { readEnv } from '@archivolt/kit/env/read-env'
import { parseMasterKey } from '@archivolt/kit/crypto/master-keys'
import type { Cidr } from '@archivolt/kit/net/address-policy'
import { parseAllowedNetworks } from '@archivolt/kit/net/allowed-networks'
import { z } from 'zod'

function toNetworks(text: string, context: z.RefinementCtx): Cidr[] {
  try {
    return parseAllowedNetworks(text)
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message })
    return z.NEVER
  }
}

function toMasterKey(text: string, context: z.RefinementCtx): Buffer {
  try {
    return parseMasterKey(text)
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message })
    return z.NEVER
  }
}

const originList = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((origin) => origin.trim())
      .filter(Boolean),
  )

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
  /** 32 bytes in base64 or hexadecimal, under which keys and passwords of places are sealed. */
  CLOUD_CREDS_KEY: z.string().transform(toMasterKey),
  /** The first place of a new vault: a bucket, instead of a folder below the data. */
  S3_BUCKET: z.string().optional(),
  S3_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  S3_PUBLIC_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  S3_REGION: z.string().optional(),
  S3_ACCESS_KEY: z.string().optional(),
  S3_SECRET_KEY: z.string().optional(),
  /** Networks, beside the public internet, in which places may be: comma-separated, such as 192.168.1.0/24. */
  ALLOWED_NETWORKS: z.string().default('').transform(toNetworks),
  /** Where browsers use the vault from: direct places are told to let them in. */
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).default('http://localhost:4000'),
  FRONTEND_URL: z.url({ protocol: /^https?$/ }).optional(),
  CORS_ORIGINS: originList,
  /** Object stores with which browsers exchange bytes directly, beside the one of S3_PUBLIC_ENDPOINT. */
  BYTE_ORIGINS: originList,
  /** Bytes one person may store; no limit without it. */
  QUOTA_DEFAULT_BYTES: z.coerce.number().int().min(1).optional(),
}

export type StorageEnv = ReturnType<typeof readStorageEnv>

/** @throws EnvironmentError naming every faulty variable */
export function readStorageEnv(source: Record<string, string | undefined>) {
  return readEnv(shape, withMinioNames(perService('storage', source)))
}

/** The older names of the S3 variables, where the present ones are not given. */
function withMinioNames(source: Record<string, string | undefined>): Record<string, string | undefined> {
  const pairs = {
    S3_ENDPOINT: source.MINIO_ENDPOINT,
    S3_PUBLIC_ENDPOINT: source.MINIO_PUBLIC_ENDPOINT,
    S3_ACCESS_KEY: source.MINIO_ACCESS_KEY ?? source.MINIO_ROOT_USER,
    S3_SECRET_KEY: source.MINIO_SECRET_KEY ?? source.MINIO_ROOT_PASSWORD,
    S3_BUCKET: source.MINIO_BUCKET,
    S3_REGION: source.MINIO_REGION,
  }
  const missing = Object.entries(pairs).filter(([name]) => !source[name])
  return { ...source, ...Object.fromEntries(missing) }
}
