import type { Logger } from '@archivolt/kit/log/logger'
import { DomainError, NotFoundError } from '@archivolt/kit/errors/domain-error'
import type { PrismaClient, StorageBackend } from '../../../prisma/client/client.ts'
import type { Backends } from '../backends.ts'
import { confirmPlace } from '../../vault/marker.ts'
import { probe } from '../probe.ts'
import { healthy } from './add-backend.ts'

interface Deps {
  db: PrismaClient
  backends: Backends
  vaultId: string
  log: Logger
  now: () => number
}

const MAX_BACKENDS = 100

/** Asks every place of the vault how it is and keeps the answer. A change of state is logged once. */
export const checkBackends =
  (deps: Deps) =>
  async (signal?: AbortSignal): Promise<void> => {
    const backends = await deps.db.storageBackend.findMany({ where: { ownerId: null }, take: MAX_BACKENDS })
    await Promise.all(backends.map((backend) => checkOne(deps, backend, signal)))
  }

/** Asks one place how it is, now. @throws NotFoundError */
export const testBackend =
  (deps: Deps) =>
  async (id: string): Promise<StorageBackend> => {
    const backend = await deps.db.storageBackend.findUnique({ where: { id, ownerId: null } })
    if (!backend) throw new NotFoundError('The place')
    return checkOne(deps, backend)
  }

async function checkOne(deps: Deps, backend: StorageBackend, signal?: AbortSignal): Promise<StorageBackend> {
  try {
    const driver = await deps.backends.driverOf(backend.id)
    // The mark is read each time: a disk may be unmounted under an open driver.
    await confirmPlace(driver, deps.vaultId, signal)
    const report = await probe(driver, signal)
    if (backend.state === 'DOWN') deps.log.info({ backend: backend.name }, 'a place for bytes works again')
    return await deps.db.storageBackend.update({ where: { id: backend.id }, data: healthy(report, deps.now()) })
  } catch (error) {
    signal?.throwIfAborted()
    const message =
      error instanceof DomainError ? error.message : 'The place does not answer as it should. Look into the log.'
    if (backend.state !== 'DOWN')
      deps.log.error({ err: error, backend: backend.name }, 'a place for bytes does not work')
    return deps.db.storageBackend.update({
      where: { id: backend.id },
      data: {
        state: 'DOWN',
        message: message.slice(0, 500),
        warning: null,
        latencyMs: null,
        checkedAt: new Date(deps.now()),
      },
    })
  }
}
