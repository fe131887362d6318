import { handle, type JobDoor } from '@archivolt/kit/jobs/job'
import type { Queues } from '@archivolt/kit/jobs/queues'
import { discardBlob } from '../blobs/usecases/discard-blob.ts'
import type { StorageEnv } from '../env.ts'
import type { CheckDeps } from '../fixity/usecases/check-replica.ts'
import { startDueScans, startScan } from '../fixity/usecases/start-scan.ts'
import { workOnScans } from '../fixity/usecases/work-on-scans.ts'
import { WORK_EVERY_MS, workOnScansJob } from '../fixity/work-on-scans.job.ts'
import { COLLECT_EVERY_MS, collectGarbageJob, LEFTOVERS_EVERY_MS, sweepLeftoversJob } from '../garbage/garbage.job.ts'
import { sweepIntents } from '../garbage/object-intent.ts'
import { approveDeletion } from '../garbage/usecases/approve-deletion.ts'
import { deleteQuarantined } from '../garbage/usecases/delete-quarantined.ts'
import { sweepLeftovers } from '../garbage/usecases/sweep-leftovers.ts'

const DAY_MS = 86_400_000

type Settings = Pick<
  StorageEnv,
  | 'ORPHAN_KEEP_DAYS'
  | 'ORPHAN_SCAN_EVERY_DAYS'
  | 'ORPHAN_SCAN_OBJECTS_PER_SECOND'
  | 'FIXITY_EVERY_DAYS'
  | 'FIXITY_BYTES_PER_SECOND'
>

export interface Upkeep {
  usecases: { startScan: ReturnType<typeof startScan>; approveDeletion: ReturnType<typeof approveDeletion> }
  discardBlob: ReturnType<typeof discardBlob>
  handlers: JobDoor[]
  schedule(queues: Pick<Queues, 'schedule'>): Promise<void>
}

/** What keeps the places clean and proves what lies there: garbage and scans, with their jobs. */
export function createUpkeep(deps: CheckDeps, env: Settings): Upkeep {
  const collect = [sweepIntents(deps), deleteQuarantined(deps)]
  const leftovers = sweepLeftovers(deps)
  const every = (days: number) => (days === 0 ? null : days * DAY_MS)
  const startDue = startDueScans({
    ...deps,
    every: { FIXITY: every(env.FIXITY_EVERY_DAYS), ORPHANS: every(env.ORPHAN_SCAN_EVERY_DAYS) },
  })
  const work = workOnScans({
    ...deps,
    bytesPerSecond: env.FIXITY_BYTES_PER_SECOND,
    objectsPerSecond: env.ORPHAN_SCAN_OBJECTS_PER_SECOND,
    orphanKeepMs: env.ORPHAN_KEEP_DAYS * DAY_MS,
  })
  return {
    usecases: { startScan: startScan(deps), approveDeletion: approveDeletion(deps) },
    discardBlob: discardBlob(deps),
    handlers: [
      handle(collectGarbageJob, async (_payload, { signal }) => {
        for (const step of collect) await step(signal)
      }),
      handle(sweepLeftoversJob, async (_payload, { signal }) => void (await leftovers(signal))),
      handle(workOnScansJob, async (_payload, { signal }) => {
        await startDue()
        await work(signal)
      }),
    ],
    async schedule(queues) {
      await queues.schedule('storage', { name: collectGarbageJob.name, everyMs: COLLECT_EVERY_MS })
      await queues.schedule('storage', { name: sweepLeftoversJob.name, everyMs: LEFTOVERS_EVERY_MS })
      await queues.schedule('storage', { name: workOnScansJob.name, everyMs: WORK_EVERY_MS })
    },
  }
}
