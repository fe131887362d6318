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

/** Without a slash at the end. */
const cloudAddress = (own: string) =>
  z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ''))
    .default(own)

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
  /** While the master key changes: the one before, or on machines that are yet to change, the one to come. */
  CLOUD_CREDS_KEY_PREVIOUS: z.string().transform(toMasterKey).optional(),
  /** How this vault is registered with providers of clouds, so that people can connect their accounts. */
  GOOGLE_CLIENT_ID: z.string().optional(),
  GOOGLE_CLIENT_SECRET: z.string().optional(),
  ONEDRIVE_CLIENT_ID: z.string().optional(),
  ONEDRIVE_CLIENT_SECRET: z.string().optional(),
  /** `common` for every account, `consumers` for private ones, or the id of one organisation. */
  ONEDRIVE_TENANT_ID: z.string().default('common'),
  /** Where the providers answer: another cloud of Microsoft's, or an emulator. */
  GOOGLE_AUTHORIZE_URL: cloudAddress('https://accounts.google.com/o/oauth2/v2/auth'),
  GOOGLE_TOKEN_URL: cloudAddress('https://oauth2.googleapis.com/token'),
  GOOGLE_REVOKE_URL: cloudAddress('https://oauth2.googleapis.com/revoke'),
  GOOGLE_API_URL: cloudAddress('https://www.googleapis.com'),
  GOOGLE_UPLOAD_URL: cloudAddress('https://www.googleapis.com'),
  ONEDRIVE_LOGIN_URL: cloudAddress('https://login.microsoftonline.com'),
  ONEDRIVE_GRAPH_URL: cloudAddress('https://graph.microsoft.com'),
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
  /** The public address of the API, which providers of clouds send people back to. */
  BACKEND_URL: z.url({ protocol: /^https?$/ }).optional(),
  CORS_ORIGINS: originList,
  /** Object stores with which browsers exchange bytes directly, beside the one of S3_PUBLIC_ENDPOINT. */
  BYTE_ORIGINS: originList,
  /** Bytes that belong to no file are kept so long after a scan has found them. */
  ORPHAN_KEEP_DAYS: z.coerce.number().min(0).default(7),
  /** How often the places are searched for such bytes; 0 for never. */
  ORPHAN_SCAN_EVERY_DAYS: z.coerce.number().min(0).default(7),
  /** How many objects such a search looks at per second and place. */
  ORPHAN_SCAN_OBJECTS_PER_SECOND: z.coerce.number().positive().default(200),
  /** How often every copy of every file is read and compared; 0 for never. */
  FIXITY_EVERY_DAYS: z.coerce.number().min(0).default(30),
  /** How much of a place that reads per second, unless a scan is started with another figure. */
  FIXITY_BYTES_PER_SECOND: z.coerce.number().int().min(65_536).default(20_000_000),
  /** A process that has not been heard of for so long is dead, and others take over the files it was moving. */
  MIGRATION_LEASE_SECONDS: z.coerce.number().min(4).max(3600).default(60),
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
