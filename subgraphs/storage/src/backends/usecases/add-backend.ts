import type { Sealer } from '@archivolt/kit/crypto/sealed'
import { InvalidInputError } from '@archivolt/kit/errors/domain-error'
import { v7 as uuidv7 } from 'uuid'
import { Prisma, type PrismaClient, type StorageBackend } from '../../../prisma/client/client.ts'
import { DriverError, ObjectNotFound } from '../../drivers/driver.errors.ts'
import type { StorageDriver } from '../../drivers/driver.ts'
import {
  checkAddresses,
  openDriver,
  openToBrowsers,
  parseConfig,
  splitSecrets,
  type DriverGround,
  type DriverKind,
} from '../../drivers/registry.ts'
import { claimPlace } from '../../vault/marker.ts'
import { MarkerError } from '../../vault/vault.errors.ts'
import { BackendNameTakenError, BackendUnusableError } from '../backend.errors.ts'
import { notePlace, type PlaceActor, type PlaceDeps } from '../note-place.ts'
import { warningOf } from '../place-warning.ts'
import { probe, type ProbeReport } from '../probe.ts'
import { sealSecrets } from '../secrets.ts'

interface Deps extends PlaceDeps {
  db: PrismaClient
  sealer: Sealer
  ground: DriverGround
  vaultId: string
}

const MAX_NAME = 80

/**
 * Adds a place for bytes, after it has shown that it works and belongs to no other vault. Nothing moves and nothing new
 * goes there yet.
 * @throws InvalidInputError, BackendNameTakenError, BackendUnusableError
 */
export const addBackend =
  (deps: Deps) =>
  async (input: { name: string; driver: DriverKind; config: unknown }, actor: PlaceActor): Promise<StorageBackend> => {
    const name = checkName(input.name)
    if (await deps.db.storageBackend.findUnique({ where: { name } })) throw new BackendNameTakenError()
    const config = parseConfig(input.driver, input.config)
    const report = await tryPlace(deps, input.driver, config, true)
    const id = uuidv7()
    const { shown, secrets } = splitSecrets(input.driver, config)
    try {
      const added = await deps.db.$transaction(async (tx) => {
        const row = await tx.storageBackend.create({
          data: {
            id,
            name,
            driver: input.driver,
            config: shown as Prisma.InputJsonObject,
            secrets: sealSecrets(deps.sealer, id, secrets),
            ...healthy(report, deps.now()),
          },
        })
        await notePlace(tx, 'added', row, { actor, at: deps.now() })
        return row
      })
      deps.outbox.kick()
      return added
    } catch (error) {
      if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002')
        throw new BackendNameTakenError()
      throw error
    }
  }

/** @throws InvalidInputError */
export function checkName(text: string): string {
  const name = text.normalize('NFC').trim()
  if (name === '' || [...name].length > MAX_NAME || /\p{Cc}/u.test(name)) {
    throw new InvalidInputError('name', `A name has 1 to ${MAX_NAME} characters.`)
  }
  return name
}

/** Probes a place, and claims it when asked to. @throws BackendUnusableError with the place's own sentence */
export async function tryPlace(
  deps: Pick<Deps, 'ground' | 'vaultId'>,
  kind: DriverKind,
  config: Record<string, unknown>,
  claim: boolean,
): Promise<ProbeReport> {
  let driver: StorageDriver | undefined
  try {
    await checkAddresses(kind, config, deps.ground)
    driver = openDriver(kind, config, deps.ground)
    const report = await probe(driver)
    if (claim) await claimPlace(driver, deps.vaultId)
    await openToBrowsers(kind, config, driver, deps.ground)
    return report
  } catch (error) {
    throw unusable(error)
  } finally {
    await driver?.close()
  }
}

/** A place's own sentence, or that of the guard which kept the driver from reaching it. Input faults pass as they are. */
export function unusable(error: unknown): unknown {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 8; cause = cause.cause, depth++) {
    if (cause instanceof InvalidInputError) return error
    // Some clients wrap what the guard throws and keep its code alone.
    const { code } = cause as { code?: unknown }
    if (typeof code === 'string' && code.startsWith('net.'))
      return new BackendUnusableError(code, cause.message, { cause: error })
  }
  if (error instanceof ObjectNotFound) {
    const message = 'Nothing can be written there. Check the path, and that every folder above it is a folder.'
    return new BackendUnusableError('storage.unavailable', message, { cause: error })
  }
  if (error instanceof DriverError || error instanceof MarkerError) {
    return new BackendUnusableError(error.code, error.message, { cause: error })
  }
  return error
}

export function healthy(report: ProbeReport, now: number) {
  return {
    state: 'OK' as const,
    message: null,
    warning: warningOf(report),
    skewMs: report.skewMs,
    latencyMs: report.latencyMs,
    freeBytes: report.freeBytes === null ? null : BigInt(Math.trunc(report.freeBytes)),
    checkedAt: new Date(now),
  }
}
