import { DomainError, NotFoundError } from '@archivolt/kit/errors/domain-error'
import type { PrismaClient } from '../../../prisma/client/client.ts'
import type { Backends } from '../backends.ts'
import { OPEN_STATES } from '../../migrations/migration.ts'
import { MARKER_KEY } from '../../vault/marker.ts'
import { BackendInUseError, BackendUnusableError } from '../backend.errors.ts'
import { notePlace, type PlaceActor, type PlaceDeps } from '../note-place.ts'

interface Deps extends PlaceDeps {
  db: PrismaClient
  backends: Backends
}

/** Forgets a place that holds nothing and that nothing goes to, and takes the mark off. @throws NotFoundError, BackendInUseError */
export const removeBackend =
  (deps: Deps) =>
  async (id: string, actor: PlaceActor): Promise<void> => {
    const driver = await deps.backends.driverOf(id).catch(() => null)
    await deps.db.$transaction(async (tx) => {
      // The lock keeps a new upload or replica from choosing the place meanwhile; a migration may still need it empty.
      const rows = await tx.$queryRaw<
        { current: boolean }[]
      >`SELECT "current" FROM "storage_backends" WHERE "id" = ${id}::uuid AND "owner_id" IS NULL FOR UPDATE`
      if (!rows[0]) throw new NotFoundError('The place')
      const replicas = await tx.replica.count({ where: { backendId: id } })
      const uploads = await tx.upload.count({
        where: { backendId: id, state: { in: ['PENDING', 'RECEIVING', 'RECEIVED'] } },
      })
      const leaving = await tx.quarantinedObject.count({ where: { backendId: id } })
      const arriving = await tx.objectIntent.count({ where: { backendId: id } })
      const files = replicas + uploads + leaving + arriving
      if (rows[0].current || files > 0) throw new BackendInUseError(files)
      const migration = await tx.migration.findFirst({
        where: {
          state: { in: [...OPEN_STATES] },
          OR: [{ targetId: id }, { returnToId: id }, { sourceIds: { has: id } }],
        },
      })
      if (migration) throw new BackendInUseError({ migrationTo: migration.targetName })
      await tx.uploadPart.deleteMany({ where: { upload: { backendId: id } } })
      await tx.upload.deleteMany({ where: { backendId: id } })
      const removed = await tx.storageBackend.delete({ where: { id } })
      await notePlace(tx, 'removed', removed, { actor, at: deps.now() })
    })
    deps.outbox.kick()
    // An unreachable place keeps its mark; it can be taken off by hand, or used again by this vault.
    await driver?.delete(MARKER_KEY).catch(() => {})
  }

/** From now on new files go to this place; what is stored elsewhere stays. @throws NotFoundError, BackendUnusableError */
export const configureStorage =
  (deps: Deps) =>
  async (id: string, actor: PlaceActor): Promise<void> => {
    if (!(await deps.db.storageBackend.findUnique({ where: { id, ownerId: null }, select: { id: true } })))
      throw new NotFoundError('The place')
    await deps.backends.driverOf(id).catch((error: unknown) => {
      if (!(error instanceof DomainError)) throw error
      throw new BackendUnusableError(error.code, error.message, { cause: error })
    })
    await deps.db.$transaction(async (tx) => {
      await tx.storageBackend.updateMany({ where: { current: true, id: { not: id } }, data: { current: false } })
      const chosen = await tx.storageBackend.update({ where: { id }, data: { current: true } })
      await notePlace(tx, 'chosen', chosen, { actor, at: deps.now() })
    })
    deps.outbox.kick()
  }
