import type { PrismaClient, Prisma } from '../../prisma/client/client.ts'
import type { StorageEnv } from '../env.ts'
import {
  openDriver,
  parseConfig,
  openToBrowsers,
  preparePlace,
  splitSecrets,
  type DriverGround,
  type DriverKind,
} from '../drivers/registry.ts'
import { claimPlace } from '../vault/marker.ts'
import type { Sealer } from '@archivolt/kit/crypto/sealed'
import { v7 as uuidv7 } from 'uuid'
import { sealSecrets } from './secrets.ts'

/** Any number, but the same in every process: starters at once wait for each other. */
const FIRST_BACKEND_LOCK = 7_402_201

interface Deps {
  db: PrismaClient
  sealer: Sealer
  ground: DriverGround
  vaultId: string
  /** What the environment names, else a folder below the vault's data. */
  first: { name: string; driver: DriverKind; config: Record<string, unknown> }
}

/** Gives a new vault its first place for bytes, and marks it. @throws MarkerError, DriverError */
export const ensureFirstBackend = (deps: Deps) => async (): Promise<void> => {
  await deps.db.$transaction(async (tx) => {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(${FIRST_BACKEND_LOCK})`
    if ((await tx.storageBackend.count()) > 0) return
    const { name, driver: kind, config } = deps.first
    await preparePlace(kind, config)
    const driver = openDriver(kind, config, deps.ground)
    try {
      await claimPlace(driver, deps.vaultId)
      await openToBrowsers(kind, config, driver, deps.ground)
    } finally {
      await driver.close()
    }
    const id = uuidv7()
    const { shown, secrets } = splitSecrets(kind, config)
    await tx.storageBackend.create({
      data: {
        id,
        name,
        driver: kind,
        config: shown as Prisma.InputJsonObject,
        secrets: sealSecrets(deps.sealer, id, secrets),
        current: true,
      },
    })
  })
}

/** The first place of a new vault: the bucket that the environment names, else a folder below the vault's data. */
export function firstBackend(env: StorageEnv): Deps['first'] {
  if (!env.S3_BUCKET) return { name: 'Local disk', driver: 'LOCAL', config: { root: 'files' } }
  const config = {
    bucket: env.S3_BUCKET,
    endpoint: env.S3_ENDPOINT,
    publicEndpoint: env.S3_PUBLIC_ENDPOINT,
    region: env.S3_REGION,
    accessKey: env.S3_ACCESS_KEY,
    secretKey: env.S3_SECRET_KEY,
  }
  return { name: `Bucket ${env.S3_BUCKET}`, driver: 'S3', config: parseConfig('S3', config) }
}
