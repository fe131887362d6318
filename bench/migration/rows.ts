import { setTimeout as sleep } from 'node:timers/promises'
import { withDatabase } from '../lib/vault-databases.ts'
import type { Person } from '../../e2e/src/api.ts'
import { clearRows, seedRows } from './seed.ts'
import { look, start, step, untilReady } from './vault-side.ts'

export interface RowFigures {
  rows: number
  /** Seconds until each was answered. */
  start: number
  progress: number
  pause: number
  finish: number
  /** Microseconds for each row, from the start to the moment when all are known to be verified. */
  perRow: number
}

/**
 * What so many files cost beyond their bytes: all of them are at the target already, so that only rows are looked at. Then
 * the same number that is not, for a pause in the middle of the planning.
 */
export async function measureRows(
  admin: Person,
  at: { storageUrl: string; localRow: string; targetId: string; targetRow: string },
  rows: number,
): Promise<RowFigures> {
  const { storageUrl, localRow, targetId, targetRow } = at
  await seedRows(storageUrl, rows, [localRow, targetRow])
  const began = performance.now()
  const whole = await start(admin, { targetId })
  const asked: number[] = []
  let over = false
  const asking = (async () => {
    while (!over) {
      asked.push(await look(admin, whole.id))
      await sleep(100)
    }
  })()
  const { seconds, items } = await untilReady(admin, whole.id, began)
  over = true
  await asking
  if (items < rows) throw new Error(`${items} of ${rows} rows were planned`)
  const finish = await step(admin, 'finishMigration', { id: whole.id })
  await step(admin, 'rollbackMigration', { id: whole.id })
  await untilState(storageUrl, 'CANCELLED')
  await clearRows(storageUrl)

  await seedRows(storageUrl, rows, [localRow])
  const half = await start(admin, { targetId, bytesPerSecond: 1 })
  const pause = await step(admin, 'pauseMigration', { id: half.id })
  await step(admin, 'cancelMigration', { id: half.id })
  await clearRows(storageUrl)
  return {
    rows,
    start: Math.max(whole.seconds, half.seconds),
    progress: Math.max(...asked),
    pause,
    finish,
    perRow: (seconds * 1e6) / rows,
  }
}

async function untilState(storageUrl: string, state: string): Promise<void> {
  await withDatabase(storageUrl, async (client) => {
    for (;;) {
      const { rows } = await client.query('SELECT 1 FROM "migrations" WHERE "state"::text = $1', [state])
      if (rows.length > 0) return
      await sleep(100)
    }
  })
}
