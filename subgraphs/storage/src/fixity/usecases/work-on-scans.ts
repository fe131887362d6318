import { withSlice, type HeldSlice } from '../scan-slice.ts'
import { findOrphans, type OrphanDeps } from './find-orphans.ts'
import { scanReplicas } from './scan-replicas.ts'

/**
 * Goes on with the scans that are under way, one slice after the other, until nothing is left to take. Any number of
 * processes may do so at once; within one process a second call does nothing, so that scans never take all its workers.
 */
export function workOnScans(deps: OrphanDeps): (signal: AbortSignal) => Promise<void> {
  let busy = false
  const work = (held: HeldSlice) => (held.scan.kind === 'FIXITY' ? scanReplicas(deps, held) : findOrphans(deps, held))
  return async (signal) => {
    if (busy) return
    busy = true
    try {
      while (!signal.aborted && (await withSlice(deps, signal, work)));
    } finally {
      busy = false
    }
  }
}
