import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { withDatabase } from '../lib/vault-databases.ts'
import type { MemoryWatch } from '../lib/resident-memory.ts'
import { curl } from './curl.ts'
import type { Place } from './places.ts'
import { downloadAll, uploadAll, type Took } from './vault-side.ts'
import type { Workload } from './workloads.ts'

export type Direction = 'up' | 'down'

/** One pair of measurements, taken one after the other. */
export interface Pair {
  place: string
  workload: string
  direction: Direction
  vault: Took
  /** Seconds. */
  curl: number
  /** Bytes; the most the vault held meanwhile. */
  peak: number
}

interface Ground {
  url: string
  documentsUrl: string
  memory: MemoryWatch
}

/** Both ways to and from one place, the vault and curl next to each other; `vaultFirst` is for taking turns. */
export async function measureRound(
  ground: Ground,
  place: Place,
  workload: Workload,
  vaultFirst: boolean,
): Promise<Pair[]> {
  await place.choose()
  const names = workload.files.map(() => randomUUID())
  const inOrder = async <A, B>(vault: () => Promise<A>, peer: () => Promise<B>): Promise<[A, B, number]> => {
    const watched = async () => {
      ground.memory.takePeak()
      const result = await vault()
      return [result, ground.memory.takePeak()] as const
    }
    if (vaultFirst) {
      const [result, peak] = await watched()
      return [result, await peer(), peak]
    }
    const peered = await peer()
    const [result, peak] = await watched()
    return [result, peered, peak]
  }
  const peer = (send: boolean) => () =>
    curl(
      names.map((name, at) => ({
        url: place.peer.urlOf(name),
        ...(send && { send: workload.files[at]?.path }),
      })),
      { ...place.peer.options, parallel: workload.parallel },
    )

  const [up, curlUp, peakUp] = await inOrder(() => uploadAll(ground.url, workload), peer(true))
  await untilQuiet(ground)
  const [down, curlDown, peakDown] = await inOrder(() => downloadAll(up.person, workload), peer(false))
  const of = { place: place.name, workload: workload.name }
  return [
    { ...of, direction: 'up', vault: up.took, curl: curlUp, peak: peakUp },
    { ...of, direction: 'down', vault: down, curl: curlDown, peak: peakDown },
  ]
}

/** What follows an upload in the background is not part of the download. */
async function untilQuiet({ documentsUrl }: Ground): Promise<void> {
  await withDatabase(documentsUrl, async (client) => {
    for (const deadline = Date.now() + 120_000; Date.now() < deadline; await sleep(100)) {
      const { rows } = await client.query<{ n: number }>(
        `SELECT count(*) AS n FROM "documents" WHERE "status" = 'PROCESSING'`,
      )
      if (rows[0]?.n === 0) return
    }
    throw new Error('the vault did not come to rest')
  })
}
