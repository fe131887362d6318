import type { Sealer } from '@archivolt/kit/crypto/sealed'
import type { PrismaClient, StorageBackend } from '../../prisma/client/client.ts'
import { BackendUnavailable } from '../drivers/driver.errors.ts'
import type { StorageDriver } from '../drivers/driver.ts'
import { isDirect, openDriver, type DriverGround } from '../drivers/registry.ts'
import { confirmWrites } from '../vault/confirmed.layer.ts'
import { confirmPlace } from '../vault/marker.ts'
import { fullConfig } from './secrets.ts'

export interface OpenBackend {
  backend: StorageBackend
  driver: StorageDriver
  /** Whether clients reach the place by themselves, with addresses that the driver signs. */
  direct: boolean
}

export interface Backends {
  /** Where new blobs go. @throws MarkerError, DriverError when the place is not usable */
  current(): Promise<OpenBackend>
  /**
   * Where new blobs of a person go: to the account they chose, as long as it works, and else to the place of the vault.
   * @throws MarkerError, DriverError when that is not usable
   */
  currentFor(ownerId: string): Promise<OpenBackend>
  /** A place, open. @throws MarkerError, DriverError */
  open(backendId: string): Promise<OpenBackend>
  /** The driver of a backend, in its present configuration. @throws MarkerError, DriverError */
  driverOf(backendId: string): Promise<StorageDriver>
  close(): Promise<void>
}

interface Open {
  version: number
  driver: StorageDriver
}

interface Deps {
  db: PrismaClient
  sealer: Sealer
  ground: DriverGround
  vaultId: string
  /** Opens what belongs to a person. @throws AccessDenied when the account does not let the vault in any more */
  openConnection(backend: StorageBackend): Promise<StorageDriver>
}

/**
 * The configured places for bytes and their open drivers. A driver is opened once, after its place has shown the mark
 * of this vault, and again when the configuration has changed.
 */
export function createBackends(deps: Deps): Backends {
  const open = new Map<string, Promise<Open>>()

  const openNow = async (backend: StorageBackend): Promise<Open> => {
    const driver = backend.ownerId
      ? await deps.openConnection(backend)
      : openDriver(backend.driver, fullConfig(deps.sealer, backend), deps.ground)
    try {
      await confirmPlace(driver, deps.vaultId)
      // Over a network nothing takes the place of a bucket unnoticed; a mount point does.
      return { version: backend.version, driver: backend.driver === 'LOCAL' ? confirmWrites(driver) : driver }
    } catch (error) {
      await driver.close()
      throw error
    }
  }

  const begin = (backend: StorageBackend): Promise<Open> => {
    const opening = openNow(backend)
    open.set(backend.id, opening)
    // A place that could not be opened is tried again at the next call.
    opening.catch(() => open.get(backend.id) === opening && open.delete(backend.id))
    return opening
  }

  /** People's accounts that are open, the one that was used longest ago first. */
  const own = new Set<string>()
  const used = ({ id, ownerId }: StorageBackend): void => {
    if (ownerId === null) return
    own.delete(id)
    own.add(id)
    const [idle] = own
    if (own.size <= MAX_OWN_OPEN || idle === undefined) return
    own.delete(idle)
    void open
      .get(idle)
      ?.then(({ driver }) => retire(driver))
      .catch(() => {})
    open.delete(idle)
  }

  const driverFor = async (backend: StorageBackend): Promise<StorageDriver> => {
    used(backend)
    const opening = open.get(backend.id) ?? begin(backend)
    const { version, driver } = await opening
    // The row may be older than what somebody else has opened meanwhile.
    if (version >= backend.version) return driver
    if (open.get(backend.id) !== opening) return driverFor(backend)
    void retire(driver)
    return (await begin(backend)).driver
  }

  const opened = async (backend: StorageBackend): Promise<OpenBackend> => ({
    backend,
    driver: await driverFor(backend),
    direct: isDirect(backend.driver, backend.config, deps.ground),
  })

  // Every read of a blob asks for its backend: rows that change a few times a year are remembered for a moment.
  const rows = new Map<string, { at: number; row: Promise<StorageBackend> }>()
  const rowOf = (id: string): Promise<StorageBackend> => {
    const known = rows.get(id)
    if (known && performance.now() - known.at < ROW_FRESH_MS) return known.row
    const row = deps.db.storageBackend.findUniqueOrThrow({ where: { id } })
    rows.set(id, { at: performance.now(), row })
    row.catch(() => rows.delete(id))
    return row
  }

  return {
    async current() {
      const backend = await deps.db.storageBackend.findFirstOrThrow({ where: { current: true } })
      return opened(backend)
    },
    async currentFor(ownerId) {
      const chosen = { chosen: true, state: 'OK' } as const
      const backends = await deps.db.storageBackend.findMany({
        where: { OR: [{ current: true }, { ownerId, state: { not: 'DOWN' }, connection: chosen }] },
      })
      const own = backends.find((backend) => backend.ownerId === ownerId)
      const ours = backends.find((backend) => backend.current)
      try {
        if (own) return await opened(own)
      } catch (error) {
        deps.ground.log.info({ err: error, backendId: own?.id }, "a person's own account could not take a document")
      }
      if (!ours) throw new BackendUnavailable('No place for new files is chosen. An administrator must choose one.')
      return opened(ours)
    },
    open: async (id) => opened(await rowOf(id)),
    driverOf: async (id) => driverFor(await rowOf(id)),
    async close() {
      await Promise.allSettled([...open.values()].map(async (each) => (await each).driver.close()))
    },
  }
}

const ROW_FRESH_MS = 1000
/** Each holds sockets and what it remembers of its account. */
const MAX_OWN_OPEN = 100
/** Streams may still run on the old driver. */
const RETIRE_AFTER_MS = 10 * 60_000

async function retire(driver: StorageDriver): Promise<void> {
  setTimeout(() => void driver.close().catch(() => {}), RETIRE_AFTER_MS).unref()
}
