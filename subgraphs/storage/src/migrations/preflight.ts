import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { DomainError } from '@archivolt/kit/errors/domain-error'
import type { Migration, PrismaClient, StorageBackend } from '../../prisma/client/client.ts'
import { probe } from '../backends/probe.ts'
import { unusable } from '../backends/usecases/add-backend.ts'
import type { Backends } from '../backends/backends.ts'
import { ObjectExists } from '../drivers/driver.errors.ts'
import type { StorageDriver } from '../drivers/driver.ts'
import { toObjectKey } from '../drivers/object-key.ts'
import { confirmPlace } from '../vault/marker.ts'
import { filterOf } from './engine/plan.ts'
import { MigrationRefusedError } from './migration.errors.ts'

/** What was found before anything was changed. */
export interface PreflightReport {
  latencyMs: number
  /** Bytes; null when the target does not say. */
  freeBytes: number | null
  /** Null when counting would have kept the caller waiting: it goes on in the background. */
  itemsToMove: number | null
  bytesToMove: number | null
  /** Whether the target refuses to write a name twice. The engine does not depend on it. */
  refusesOverwrites: boolean
}

interface Deps {
  db: PrismaClient
  backends: Backends
  vaultId: string
}

type Route = Pick<Migration, 'buckets' | 'ownerIds' | 'createdAfter' | 'createdBefore'> & {
  target: StorageBackend
  sources: readonly StorageBackend[]
}

/** Counting a large vault takes longer than an answer should. */
const COUNT_WITHIN_MS = 600
const PATIENCE_MS = 20_000

/**
 * Tries whether the target can take the files, and whether the sources give theirs.
 * @throws MigrationRefusedError with a sentence that says what to change
 */
export async function preflight(deps: Deps, route: Route): Promise<PreflightReport> {
  const signal = AbortSignal.timeout(PATIENCE_MS)
  for (const source of route.sources) {
    await at(source, async () => confirmPlace(await deps.backends.driverOf(source.id), deps.vaultId, signal))
  }
  const counting = countFiles(deps.db, route)
  // It is waited for below, unless a place refuses first.
  counting.catch(() => {})
  const found = await at(route.target, async () => {
    const driver = await deps.backends.driverOf(route.target.id)
    await confirmPlace(driver, deps.vaultId, signal)
    const { latencyMs, freeBytes } = await probe(driver, signal)
    return { latencyMs, freeBytes, refusesOverwrites: await tryLongName(driver, signal) }
  })
  const counted = await counting
  if (found.freeBytes !== null && counted && counted.bytes > found.freeBytes) {
    throw new MigrationRefusedError(
      'storage.migration.no_room',
      `${inWords(counted.bytes)} are to be moved, but "${route.target.name}" has room for ${inWords(found.freeBytes)}. Make room there, or choose another place.`,
    )
  }
  return { ...found, itemsToMove: counted?.items ?? null, bytesToMove: counted?.bytes ?? null }
}

async function at<T>(place: StorageBackend, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const explained = unusable(error)
    if (!(explained instanceof DomainError)) throw error
    throw new MigrationRefusedError(explained.code, `${place.name}: ${explained.message}`, { cause: error })
  }
}

/** A name as long as any of ours, written twice. @returns whether the second time was refused */
async function tryLongName(driver: StorageDriver, signal: AbortSignal): Promise<boolean> {
  const key = toObjectKey(`${randomUUID()}/${randomUUID()}/${randomUUID()}.preflight1`)
  const bytes = Buffer.from('preflight')
  const write = () => driver.put(key, Readable.from([bytes]), { size: bytes.length, signal })
  try {
    await write()
    return await write().then(
      () => false,
      (error: unknown) => {
        if (error instanceof ObjectExists) return true
        throw error
      },
    )
  } finally {
    await driver.delete(key)
  }
}

async function countFiles(db: PrismaClient, route: Route): Promise<{ items: number; bytes: number } | null> {
  const from = route.sources.map(({ id }) => id)
  try {
    const [, rows] = await db.$transaction([
      db.$executeRawUnsafe(`SET LOCAL statement_timeout = ${COUNT_WITHIN_MS}`),
      db.$queryRaw<{ items: bigint; bytes: bigint }[]>`
        SELECT count(*) AS "items", coalesce(sum("size"), 0)::bigint AS "bytes" FROM (
          SELECT DISTINCT ON (b."id") b."size" FROM "replicas" r JOIN "blobs" b ON b."id" = r."blob_id"
          WHERE r."backend_id" = ANY(${from}::uuid[]) AND r."state" = 'VERIFIED' AND ${filterOf(route)}
            AND NOT EXISTS (SELECT 1 FROM "replicas" t WHERE t."blob_id" = b."id" AND t."backend_id" = ${route.target.id}::uuid AND t."state" = 'VERIFIED')
        ) AS "files"`,
    ])
    return { items: Number(rows[0]?.items ?? 0), bytes: Number(rows[0]?.bytes ?? 0) }
  } catch {
    return null
  }
}

/** For a sentence, in the largest unit of which there is at least one. */
function inWords(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB']
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10))
  return power === 0 ? `${bytes} bytes` : `${(bytes / 1024 ** power).toFixed(1)} ${units[power]}`
}
