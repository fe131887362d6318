import type { Journal } from './journal.ts'
import { findByHash, hashOf, send } from './send.ts'
import { Refused, type Session } from './session.ts'
import type { Sorting } from './sorting.ts'
import { walk, type Found } from './walk.ts'

export interface Progress {
  /** Looked at, of those that are known by now. */
  seen: number
  /** Found so far; all once `counted`. */
  total: number
  bytes: number
  totalBytes: number
  counted: boolean
  /** Done in an earlier run. */
  before: number
}

interface Options {
  folder: string
  concurrency: number
  journal: Journal
  session: Session
  sorting: Sorting
  /** Sent although the vault has the same bytes. */
  duplicates: boolean
  progress: Progress
  signal: AbortSignal
}

/** Sends what is in a folder, some files at a time, and notes what became of each. Stops early when the signal says so. */
export async function importFolder(options: Options): Promise<void> {
  const { folder, concurrency, progress, signal } = options
  void count(folder, progress, signal)
  const files = walk(folder)
  // Files of the same bytes wait for each other, so that the second is known as a duplicate.
  const hashing = new Map<string, Promise<void>>()
  const work = async (): Promise<void> => {
    while (!signal.aborted) {
      const next = await files.next()
      if (next.done) return
      await importFile(options, next.value, hashing).catch((error: unknown) => {
        if (!signal.aborted) throw error
      })
      progress.seen++
      progress.bytes += next.value.size
    }
  }
  // A generator that is asked by several answers them in turn.
  await Promise.all(Array.from({ length: concurrency }, work))
}

/** How much there is, for the progress alone. */
async function count(folder: string, progress: Progress, signal: AbortSignal): Promise<void> {
  for await (const { size } of walk(folder)) {
    if (signal.aborted) return
    progress.total++
    progress.totalBytes += size
  }
  progress.counted = true
}

async function importFile(options: Options, found: Found, hashing: Map<string, Promise<void>>): Promise<void> {
  const { journal, signal, progress } = options
  const { relative, size, modifiedMs } = found
  const about = { relative, size, modifiedMs }
  const before = journal.of(found)
  if (before?.outcome === 'imported' || before?.outcome === 'duplicate') {
    progress.before++
    return
  }
  if (found.refused !== null) return journal.add({ ...about, outcome: 'refused', reason: found.refused })
  try {
    const sha256 = await hashOf(found.file, signal)
    while (hashing.has(sha256)) await hashing.get(sha256)
    const { promise, resolve } = Promise.withResolvers<void>()
    hashing.set(sha256, promise)
    try {
      await deliver(options, found, sha256, before?.outcome === 'sending')
    } finally {
      hashing.delete(sha256)
      resolve()
    }
  } catch (error) {
    signal.throwIfAborted()
    const reason = (error as Error).message
    await journal.add({ ...about, outcome: error instanceof Refused ? 'refused' : 'failed', reason })
  }
}

async function deliver(options: Options, found: Found, sha256: string, begun: boolean): Promise<void> {
  const { journal, session, sorting, signal } = options
  const { relative, size, modifiedMs } = found
  const about = { relative, size, modifiedMs, sha256 }
  const twin = journal.byHash(sha256)
  if (twin && !options.duplicates) {
    const { documentId } = twin
    return journal.add({ ...about, outcome: 'duplicate', documentId, reason: `the same as ${twin.relative}` })
  }
  const there = options.duplicates && !begun ? null : await findByHash(session, sha256, signal)
  if (there && !begun)
    return journal.add({ ...about, outcome: 'duplicate', documentId: there, reason: 'it is in the vault already' })
  await journal.add({ ...about, outcome: 'sending' })
  // An earlier run that was cut off may have brought it there without having heard so.
  const documentId = there ?? (await send(session, found, sha256, signal))
  await sorting.sort(documentId, relative.split('/').slice(0, -1), signal)
  await journal.add({ ...about, outcome: 'imported', documentId })
}
