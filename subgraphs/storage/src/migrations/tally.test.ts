import { describe, expect, it } from 'vitest'
import type { MigrationProgress, MigrationWorker } from '../../prisma/client/client.ts'
import { tallyOf } from './migration.ts'

const NOW = Date.parse('2026-03-01T12:00:00Z')
const RUNNING = { state: 'RUNNING' as const, planning: false, planPasses: 1 }
const NONE: MigrationProgress = {
  migrationId: '',
  direction: 'FORWARD',
  pendingItems: 0n,
  pendingBytes: 0n,
  copyingItems: 0n,
  copyingBytes: 0n,
  verifyingItems: 0n,
  verifyingBytes: 0n,
  doneItems: 0n,
  doneBytes: 0n,
  failedItems: 0n,
  failedBytes: 0n,
  retries: 0n,
  byteRate: 0,
  itemRate: 0,
  ratedAt: null,
  ratedSince: null,
}
const worker = (seenMsAgo: number, movingBytes: number): MigrationWorker => ({
  migrationId: '',
  workerId: '',
  seenAt: new Date(NOW - seenMsAgo),
  movingItems: 1,
  movingBytes: BigInt(movingBytes),
  atOnce: 8,
})
const rated = (byteRate: number, itemRate: number) => ({
  byteRate,
  itemRate,
  ratedAt: new Date(NOW),
  ratedSince: new Date(NOW - 3_600_000),
})

describe('the tally of a migration', () => {
  it('sums what there is in each state', () => {
    const progress = {
      ...NONE,
      pendingItems: 5n,
      pendingBytes: 500n,
      doneItems: 3n,
      doneBytes: 300n,
      failedItems: 2n,
      failedBytes: 20n,
    }
    expect(tallyOf(RUNNING, progress, [], NOW)).toMatchObject({
      total: { items: 10, bytes: 820 },
      done: { items: 3, bytes: 300 },
      failed: { items: 2, bytes: 20 },
    })
  })

  it('counts workers that live, and no more bytes moving than are under way', () => {
    const progress = { ...NONE, copyingItems: 1n, copyingBytes: 1000n }
    const tally = tallyOf(RUNNING, progress, [worker(1000, 700), worker(1000, 700), worker(40_000, 500)], NOW)
    expect(tally).toMatchObject({ workers: 2, movingBytes: 1000 })
  })

  it('tells the time that is left by whatever takes longer, bytes or files', () => {
    const bytes = { ...NONE, pendingItems: 10n, pendingBytes: 60_000n, ...rated(1000, 10) }
    expect(tallyOf(RUNNING, bytes, [], NOW).etaSeconds).toBe(60)
    const files = { ...NONE, pendingItems: 1000n, pendingBytes: 1000n, ...rated(1000, 10) }
    expect(tallyOf(RUNNING, files, [], NOW).etaSeconds).toBe(100)
  })

  it('tells no time before all are counted, while it is held, or while nothing moves', () => {
    const progress = { ...NONE, pendingItems: 10n, pendingBytes: 1000n, ...rated(100, 1) }
    expect(tallyOf({ ...RUNNING, planPasses: 0 }, progress, [], NOW).etaSeconds).toBeNull()
    expect(tallyOf({ ...RUNNING, state: 'PAUSED' }, progress, [], NOW)).toMatchObject({
      etaSeconds: null,
      bytesPerSecond: 0,
    })
    expect(tallyOf(RUNNING, { ...progress, byteRate: 0, itemRate: 0 }, [], NOW).etaSeconds).toBeNull()
    expect(tallyOf(RUNNING, { ...NONE, doneItems: 3n, doneBytes: 30n }, [], NOW).etaSeconds).toBe(0)
  })

  it('a rate fades while nothing is reported, and is whole from the first seconds on', () => {
    const later = tallyOf(RUNNING, { ...NONE, ...rated(1000, 1) }, [], NOW + 20_000).bytesPerSecond
    expect(later).toBeLessThan(200)
    // Two seconds of a thousand bytes each, of which smoothing alone would have shown a fifth.
    const young = { byteRate: 200, itemRate: 0, ratedAt: new Date(NOW), ratedSince: new Date(NOW - 2000) }
    expect(Math.round(tallyOf(RUNNING, { ...NONE, ...young }, [], NOW).bytesPerSecond)).toBeGreaterThan(1000)
  })
})
