import type { Sealer } from '@archivolt/kit/crypto/sealed'
import { NotFoundError } from '@archivolt/kit/errors/domain-error'
import type { Prisma, PrismaClient, StorageBackend } from '../../../prisma/client/client.ts'
import { openDriver, parseConfig, splitSecrets, type DriverGround } from '../../drivers/registry.ts'
import { confirmPlace } from '../../vault/marker.ts'
import { MarkerError } from '../../vault/vault.errors.ts'
import { BackendNameTakenError, BackendUnusableError } from '../backend.errors.ts'
import { notePlace, type PlaceActor, type PlaceDeps } from '../note-place.ts'
import { fullConfig, sealSecrets } from '../secrets.ts'
import { checkName, healthy, tryPlace } from './add-backend.ts'

interface Deps extends PlaceDeps {
  db: PrismaClient
  sealer: Sealer
  ground: DriverGround
  vaultId: string
}

/**
 * Changes the name or the configuration of a place. Fields that are not given stay, secrets among them; the new
 * configuration must work and lead to the same place, which its mark proves.
 * @throws NotFoundError, InvalidInputError, BackendNameTakenError, BackendUnusableError
 */
export const updateBackend =
  (deps: Deps) =>
  async (
    id: string,
    change: { name?: string | null; config?: Record<string, unknown> | null },
    actor: PlaceActor,
  ): Promise<StorageBackend> => {
    const before = await deps.db.storageBackend.findUnique({ where: { id, ownerId: null } })
    if (!before) throw new NotFoundError('The place')
    const name = change.name ? checkName(change.name) : before.name
    const other = await deps.db.storageBackend.findUnique({ where: { name } })
    if (other && other.id !== id) throw new BackendNameTakenError()
    if (!change.config) return save(deps, id, { name }, actor)

    const given = Object.fromEntries(
      Object.entries(change.config).filter(([, value]) => value !== null && value !== undefined),
    )
    const config = parseConfig(before.driver, { ...fullConfig(deps.sealer, before), ...given })
    const report = await tryPlace(deps, before.driver, config, false)
    await mustBeTheSamePlace(deps, before, config)
    const { shown, secrets } = splitSecrets(before.driver, config)
    const data = {
      name,
      config: shown as Prisma.InputJsonObject,
      secrets: sealSecrets(deps.sealer, id, secrets),
      version: { increment: 1 },
      ...healthy(report, deps.now()),
    }
    return save(deps, id, data, actor)
  }

async function save(
  { db, outbox, now }: Deps,
  id: string,
  data: Prisma.StorageBackendUpdateInput,
  actor: PlaceActor,
): Promise<StorageBackend> {
  const changed = await db.$transaction(async (tx) => {
    const row = await tx.storageBackend.update({ where: { id }, data })
    await notePlace(tx, 'changed', row, { actor, at: now() })
    return row
  })
  outbox.kick()
  return changed
}

async function mustBeTheSamePlace(deps: Deps, backend: StorageBackend, config: Record<string, unknown>): Promise<void> {
  const driver = openDriver(backend.driver, config, deps.ground)
  try {
    await confirmPlace(driver, deps.vaultId)
  } catch (error) {
    if (error instanceof MarkerError) throw new BackendUnusableError(error.code, error.message, { cause: error })
    throw error
  } finally {
    await driver.close()
  }
}
