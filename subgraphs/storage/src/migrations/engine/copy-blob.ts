import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { bytesStreamed } from '@archivolt/kit/streams/young-buffers'
import type { Backends } from '../../backends/backends.ts'
import { digestOf } from '../../blobs/digest.ts'
import { ObjectExists, ObjectNotFound, SourceFailed, WrongSize } from '../../drivers/driver.errors.ts'
import type { StorageDriver } from '../../drivers/driver.ts'
import type { ObjectKey } from '../../drivers/object-key.ts'
import { MoveFailed, setbackOf } from './move.errors.ts'
import type { Throttle } from './throttle.ts'

export interface Place {
  backendId: string
  key: ObjectKey
}

/** A blob to be moved, and what is known of it. */
export interface Cargo {
  size: number
  sha256: string
  contentType: string
  /** Verified replicas, the best to read from first. */
  sources: readonly Place[]
  target: Place
}

export interface CopyOptions {
  verify: 'READ_BACK' | 'TARGET_CHECKSUM'
  throttle: Throttle
  signal: AbortSignal
  /** Called with the bytes of each piece that was read from the source. */
  onBytes(bytes: number): void
  /** Called when all is written and is now read back. */
  onWritten(): void
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

/** An object that a place has just taken may take a moment to be seen there. */
const SEEN_AFTER_MS = [50, 250, 1000, 3000]

/**
 * Makes a verified copy of a blob at its target. Resolves when the target has been found to hold exactly the blob's
 * bytes. After a failure nothing that can be reached is left there, unless the target kept it from being taken away.
 * @throws MoveFailed; the signal's reason once aborted
 */
export async function copyBlob(backends: Backends, cargo: Cargo, options: CopyOptions): Promise<void> {
  const { target } = cargo
  let last: MoveFailed | undefined
  for (const source of cargo.sources) {
    try {
      const from = await driverOf(backends, source.backendId, 'source', options.signal)
      const to = await driverOf(backends, target.backendId, 'target', options.signal)
      await write(from, source, to, cargo, options)
      options.onWritten()
      return await verify(to, cargo, options)
    } catch (error) {
      options.signal.throwIfAborted()
      if (!(error instanceof MoveFailed)) throw error
      last = error
      // Another replica may be readable where this one is not; a target that fails does so for all of them.
      if (error.setback.backendId !== source.backendId) throw error
    }
  }
  throw last ?? new MoveFailed(NO_SOURCE)
}

const NO_SOURCE = {
  code: 'storage.migration.no_source',
  reason: 'No place has a verified copy of this file. Look at the report of the fixity scan.',
  kind: 'file',
  backendId: null,
} as const

async function driverOf(
  backends: Backends,
  backendId: string,
  side: 'source' | 'target',
  signal: AbortSignal,
): Promise<StorageDriver> {
  try {
    return await backends.driverOf(backendId)
  } catch (error) {
    signal.throwIfAborted()
    throw new MoveFailed(setbackOf(error, backendId, side), { cause: error })
  }
}

/** Streams the bytes over while hashing them. What the source gives must be the blob, or nothing is kept. */
async function write(
  from: StorageDriver,
  source: Place,
  to: StorageDriver,
  cargo: Cargo,
  { throttle, signal, onBytes }: CopyOptions,
): Promise<void> {
  const { target, size, contentType } = cargo
  const reading = await from.get(source.key, { signal }).catch((error: unknown) => {
    signal.throwIfAborted()
    throw new MoveFailed(setbackOf(error, source.backendId, 'source'), { cause: error })
  })
  // It may break before the target begins to read it; whoever reads hears of that.
  reading.on('error', () => {})
  const hash = createHash('sha256')
  let passed = 0
  async function* passing(): AsyncGenerator<Buffer> {
    for await (const chunk of reading as AsyncIterable<Buffer>) {
      hash.update(chunk)
      passed += chunk.length
      bytesStreamed(chunk.length)
      const held = throttle.take(chunk.length, signal)
      if (held) await held
      onBytes(chunk.length)
      yield chunk
    }
  }
  const body = Readable.from(passing(), { objectMode: false, highWaterMark: 1024 ** 2 })
  try {
    await to.put(target.key, body, { size, contentType, signal })
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof WrongSize) throw rotten(source.backendId, error)
    if (error instanceof SourceFailed)
      throw new MoveFailed(setbackOf(error.cause ?? error, source.backendId, 'source'), { cause: error })
    if (error instanceof ObjectExists) throw new MoveFailed(TAKEN(target.backendId), { cause: error })
    throw new MoveFailed(setbackOf(error, target.backendId, 'target'), { cause: error })
  } finally {
    body.destroy()
    reading.destroy()
  }
  if (passed === size && hash.digest('hex') === cargo.sha256) return
  await to.delete(target.key).catch(() => {})
  throw passed === size ? rotten(source.backendId) : new MoveFailed(UNREAD(target.backendId))
}

/** The next attempt has a name of its own. */
const TAKEN = (backendId: string) => ({
  code: 'storage.object_exists',
  reason: 'Something else lay under the name that was chosen. It was left as it is.',
  kind: 'chance' as const,
  backendId,
})

const UNREAD = (backendId: string) => ({
  code: 'storage.migration.wrong_bytes',
  reason: 'The target said that it had taken the file before it had read all of it.',
  kind: 'chance' as const,
  backendId,
})

function rotten(backendId: string, cause?: unknown): MoveFailed {
  const reason =
    'The bytes at the old place are not those that were stored: their SHA-256 differs. They were not copied any further; restore the file from a backup, then try again.'
  return new MoveFailed({ code: 'storage.migration.source_rotten', reason, kind: 'file', backendId }, { cause })
}

/** Nothing counts as moved before the target itself has shown the bytes, or a hash that it computed from them. */
async function verify(to: StorageDriver, cargo: Cargo, options: CopyOptions): Promise<void> {
  const { target, sha256 } = cargo
  for (let attempt = 0; ; attempt++) {
    try {
      const found =
        (await ownChecksum(to, target.key, options)) ??
        (await digestOf(to, target.key, { signal: options.signal })).sha256
      if (found === sha256) return
      await to.delete(target.key).catch(() => {})
      throw new MoveFailed({
        code: 'storage.migration.wrong_bytes',
        reason: 'The target gave back other bytes than were written to it. They were taken away again.',
        kind: 'chance',
        backendId: target.backendId,
      })
    } catch (error) {
      options.signal.throwIfAborted()
      if (error instanceof MoveFailed) throw error
      const wait = SEEN_AFTER_MS[attempt]
      if (error instanceof ObjectNotFound && wait !== undefined) {
        await options.sleep(wait, options.signal)
        continue
      }
      throw new MoveFailed(setbackOf(error, target.backendId, 'target'), { cause: error })
    }
  }
}

async function ownChecksum(to: StorageDriver, key: ObjectKey, options: CopyOptions): Promise<string | null> {
  if (options.verify !== 'TARGET_CHECKSUM' || !to.checksum) return null
  return to.checksum(key, options.signal)
}
