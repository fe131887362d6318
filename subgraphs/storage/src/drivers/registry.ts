import path from 'node:path'
import { InvalidInputError } from '@archivolt/kit/errors/domain-error'
import type { Logger } from '@archivolt/kit/log/logger'
import { checkOutboundUrl } from '@archivolt/kit/net/check-url'
import type { GuardedAgents } from '@archivolt/kit/net/guarded-agents'
import type { HostPolicy } from '@archivolt/kit/net/judge-host'
import type { Timeouts } from '@archivolt/kit/net/timeouts'
import type { z } from 'zod'
import type { StorageDriver } from './driver.ts'
import { googleDriveConfig } from './google-drive/google-drive.config.ts'
import { createGoogleDriveDriver } from './google-drive/google-drive.driver.ts'
import type { TokenSource } from './http/tokens.ts'
import { localConfig } from './local/local.config.ts'
import { createLocalDriver } from './local/local.driver.ts'
import { nextcloudConfig } from './nextcloud/nextcloud.config.ts'
import { createNextcloudDriver } from './nextcloud/nextcloud.driver.ts'
import { oneDriveConfig } from './onedrive/onedrive.config.ts'
import { createOneDriveDriver } from './onedrive/onedrive.driver.ts'
import { ensureBucket } from './s3/s3.bucket.ts'
import { s3Config } from './s3/s3.config.ts'
import { createS3Driver } from './s3/s3.driver.ts'
import { webdavConfig } from './webdav/webdav.config.ts'
import { createWebdavDriver } from './webdav/webdav.driver.ts'

/** What a driver may use of this process. */
export interface DriverGround {
  /** The folder of this vault's own data, to which relative local folders belong. */
  dataFolder: string
  /** A guarded way out: every address that a person typed in is judged when it is connected to. */
  openGuard(timeouts?: Partial<Timeouts>): GuardedAgents
  /** The networks that an administrator has opened. */
  policy: HostPolicy
  /** Addresses from the environment: the operator's own word, which needs no guard. */
  trusted: ReadonlySet<string>
  /** The origins of places that web clients are allowed to reach by themselves. */
  byteOrigins: ReadonlySet<string>
  /** The origins of web clients, for places that browsers reach by themselves. */
  origins: readonly string[]
  /** Where the services of people's own accounts answer; differs from their own word in tests alone. */
  cloudAddresses: { google: { apiBase: string; uploadBase: string }; onedrive: { apiBase: string } }
  /** Access to the account that is being opened, for drivers of people's own accounts. */
  tokens?: TokenSource
  log: Logger
}

interface DriverEntry<Config> {
  /** Everything the driver needs to know, secrets among it. */
  config: z.ZodType<Config>
  /** The fields that are kept sealed and never shown. */
  secretFields: readonly string[]
  open(config: Config, ground: DriverGround): StorageDriver
  /** Makes the place itself where an operator's own service begins without it. */
  prepare?(config: Config): Promise<void>
  /** The addresses in a configuration, by their fields. */
  addresses?(config: Config): Record<string, string | undefined>
  /** The origin at which clients may reach the place by themselves, with addresses that the driver signs. */
  directOrigin?(config: Config): string | null
}

const entry = <Config>(given: DriverEntry<Config>): DriverEntry<unknown> => given as DriverEntry<unknown>

/** A driver with a way out of its own, since the SDKs end the agents they were given when they close. */
function withGuard(guard: GuardedAgents, open: (guard: GuardedAgents) => StorageDriver): StorageDriver {
  const driver = open(guard)
  return {
    ...driver,
    async close() {
      await driver.close()
      await guard.close()
    },
  }
}

/** The drivers a backend can name. */
const DRIVERS = {
  LOCAL: entry({
    config: localConfig,
    secretFields: [],
    open: (config, ground) => createLocalDriver({ root: path.resolve(ground.dataFolder, config.root) }),
  }),
  S3: entry({
    config: s3Config,
    secretFields: ['accessKey', 'secretKey'],
    open: (config, { openGuard, trusted }) =>
      trusted.has(config.endpoint ?? '')
        ? createS3Driver(config)
        : withGuard(openGuard(), (agents) => createS3Driver(config, { agents })),
    prepare: ensureBucket,
    addresses: ({ endpoint, publicEndpoint }) => ({ endpoint, publicEndpoint }),
    // A service with an endpoint of its own is often out of the clients' reach; naming a public one says it is not.
    directOrigin: ({ endpoint, publicEndpoint, bucket, region }) => {
      if (publicEndpoint) return new URL(publicEndpoint).origin
      return endpoint ? null : `https://${bucket}.s3.${region}.amazonaws.com`
    },
  }),
  WEBDAV: entry({
    config: webdavConfig,
    secretFields: ['username', 'password'],
    open: (config, { openGuard }) => withGuard(openGuard(), (agents) => createWebdavDriver(config, { agents })),
    addresses: ({ url }) => ({ url }),
  }),
  NEXTCLOUD: entry({
    config: nextcloudConfig,
    secretFields: ['username', 'appPassword'],
    // Nextcloud answers only after it has put large files together, or hashed them.
    open: (config, { openGuard }) =>
      withGuard(openGuard({ headers: 600_000 }), ({ fetch }) => createNextcloudDriver(config, { fetch })),
    addresses: ({ url }) => ({ url }),
  }),
  GOOGLE_DRIVE: entry({
    config: googleDriveConfig,
    secretFields: [],
    // The service answers only after it has taken a chunk, or copied a file.
    open: (config, { openGuard, cloudAddresses, tokens }) =>
      withGuard(openGuard({ headers: 600_000 }), ({ fetch }) =>
        createGoogleDriveDriver({ ...config, ...cloudAddresses.google }, { fetch, tokens: known(tokens) }),
      ),
  }),
  ONEDRIVE: entry({
    config: oneDriveConfig,
    secretFields: [],
    open: (config, { openGuard, cloudAddresses, tokens }) =>
      withGuard(openGuard({ headers: 600_000 }), ({ fetch }) =>
        createOneDriveDriver({ ...config, ...cloudAddresses.onedrive }, { fetch, tokens: known(tokens) }),
      ),
  }),
} as const

function known(tokens: TokenSource | undefined): TokenSource {
  if (!tokens) throw new TypeError('an account was opened without its tokens')
  return tokens
}

export type DriverKind = keyof typeof DRIVERS

/** The drivers that an administrator configures. The others belong to accounts, which their owners connect. */
export const DRIVER_KINDS = ['LOCAL', 'S3', 'WEBDAV', 'NEXTCLOUD'] as const satisfies readonly DriverKind[]
export type ConfiguredKind = (typeof DRIVER_KINDS)[number]

/** The configuration as the driver understands it. @throws InvalidInputError naming the first field at fault */
export function parseConfig(kind: DriverKind, config: unknown): Record<string, unknown> {
  const parsed = DRIVERS[kind].config.safeParse(config)
  if (parsed.success) return parsed.data as Record<string, unknown>
  const [issue] = parsed.error.issues
  const field = issue?.path.join('.') ?? ''
  throw new InvalidInputError(`config.${field}`, sentenceOf(issue, field))
}

function sentenceOf(issue: z.core.$ZodIssue | undefined, field: string): string {
  if (issue?.code === 'invalid_type' || issue?.code === 'too_small') return `Fill in "${field}".`
  if (issue?.code === 'invalid_format' && issue.format === 'url') {
    return `"${field}" is not a web address. It begins with https:// and a host.`
  }
  return issue?.message ?? 'This configuration is not complete.'
}

/** Splits a configuration into what may be shown and what is sealed. */
export function splitSecrets(kind: DriverKind, config: Record<string, unknown>) {
  const secret = new Set(DRIVERS[kind].secretFields)
  const entries = Object.entries(config)
  return {
    shown: Object.fromEntries(entries.filter(([name]) => !secret.has(name))),
    secrets: Object.fromEntries(entries.filter(([name]) => secret.has(name))),
  }
}

/**
 * Judges the addresses of a configuration before it is kept.
 * @throws InvalidInputError, AddressRefusedError, InsecureAddressError
 */
export async function checkAddresses(kind: DriverKind, config: unknown, ground: DriverGround): Promise<void> {
  const { addresses } = DRIVERS[kind] as DriverEntry<unknown>
  for (const [field, address] of Object.entries(addresses?.(config) ?? {})) {
    if (address && !ground.trusted.has(address)) await checkOutboundUrl(address, ground.policy, `config.${field}`)
  }
}

/** Makes ready what the environment names as the first place. @throws DriverError */
export async function preparePlace(kind: DriverKind, config: unknown): Promise<void> {
  const { config: shape, prepare } = DRIVERS[kind] as DriverEntry<unknown>
  await prepare?.(shape.parse(config))
}

/**
 * Tells a place that browsers reach by themselves whose pages may do so. Some services have no such setting, and some
 * keys may not change it: then it is the operator's to set, and the log says so.
 */
export async function openToBrowsers(
  kind: DriverKind,
  config: unknown,
  driver: StorageDriver,
  ground: DriverGround,
): Promise<void> {
  if (!isDirect(kind, config, ground) || !driver.ensureCors) return
  await driver.ensureCors(ground.origins).catch((error: unknown) => {
    ground.log.warn(
      { err: error, origins: ground.origins },
      'the CORS rules of a place could not be set; set them there',
    )
  })
}

/**
 * Whether clients may be sent to the place itself: it has an origin for them, and the operator has listed that origin, so
 * that the client's content policy lets it through. Secrets do not matter here, so the shown configuration will do.
 */
export function isDirect(kind: DriverKind, shown: unknown, ground: DriverGround): boolean {
  const { directOrigin } = DRIVERS[kind] as DriverEntry<unknown>
  const origin = directOrigin?.(shown)
  return Boolean(origin && ground.byteOrigins.has(origin))
}

/** @throws ZodError when a stored configuration does not fit the driver any more */
export function openDriver(kind: DriverKind, config: unknown, ground: DriverGround): StorageDriver {
  const { config: shape, open } = DRIVERS[kind]
  return open(shape.parse(config), ground)
}
