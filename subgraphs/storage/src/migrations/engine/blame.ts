import type { Migration } from '../../../prisma/client/client.ts'
import { probe } from '../../backends/probe.ts'
import type { Backends } from '../../backends/backends.ts'
import { confirmPlace } from '../../vault/marker.ts'
import { routeOf } from '../migration.ts'
import type { Setback } from './move.errors.ts'

const PATIENCE_MS = 20_000

/**
 * Whether a file is to blame, although the place complained of itself: a single object that may not be read, or that a
 * server chokes on, must not hold up a migration for ever. A full place is never a file's fault.
 */
export const isToBlame =
  (deps: { backends: Backends; vaultId: string }) =>
  async ({ backendId, code }: Setback, migration: Migration): Promise<boolean> => {
    if (!backendId || code === 'storage.full') return false
    try {
      const signal = AbortSignal.timeout(PATIENCE_MS)
      const driver = await deps.backends.driverOf(backendId)
      await confirmPlace(driver, deps.vaultId, signal)
      if (backendId === routeOf(migration).to) await probe(driver, signal)
      return true
    } catch {
      return false
    }
  }
