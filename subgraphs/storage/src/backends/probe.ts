import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import type { StorageDriver } from '../drivers/driver.ts'
import { BackendUnavailable, DriverError } from '../drivers/driver.errors.ts'
import { toObjectKey } from '../drivers/object-key.ts'
import { v7 as uuidv7 } from 'uuid'

export interface ProbeReport {
  latencyMs: number
  /** Bytes; null when the place does not say. */
  freeBytes: number | null
  /** Milliseconds by which the clock of the place is ahead of ours; null when it does not say. */
  skewMs: number | null
}

const CANARIES = 'canary'
const CANARY_BYTES = 4096
const PROBE_TIMEOUT_MS = 20_000

/**
 * Tries a place for real: a canary is written, read back by range, and deleted, and must be gone then.
 * @throws DriverError with a sentence an administrator can act on
 */
export async function probe(driver: StorageDriver, outer?: AbortSignal): Promise<ProbeReport> {
  const timeout = AbortSignal.timeout(PROBE_TIMEOUT_MS)
  const signal = outer ? AbortSignal.any([outer, timeout]) : timeout
  const started = performance.now()
  // The time is in the name, so that a canary whose process died is known by its age.
  const key = toObjectKey(`${CANARIES}/${uuidv7()}`)
  const bytes = randomBytes(CANARY_BYTES)
  let written = false
  try {
    await driver.check(signal)
    written = true
    await driver.put(key, Readable.from([bytes]), { size: bytes.length, signal })
    const range = { start: 1000, end: 2999 }
    const read = await readAll(await driver.get(key, { range, signal }))
    if (!read.equals(bytes.subarray(range.start, range.end + 1))) {
      throw new BackendUnavailable('The place gives back other bytes than were written to it. Do not use it.')
    }
    await driver.delete(key)
    if (await driver.stat(key))
      throw new BackendUnavailable('The place keeps what was deleted. Check the rights of the account.')
    const freeBytes = (await driver.freeSpace?.(signal)) ?? null
    const skew = driver.clockSkew?.() ?? null
    return {
      latencyMs: Math.round(performance.now() - started),
      freeBytes,
      skewMs: skew === null ? null : Math.round(skew),
    }
  } catch (error) {
    if (written) await driver.delete(key).catch(() => {})
    if (timeout.aborted && !(error instanceof DriverError)) {
      throw new BackendUnavailable(`The place did not answer within ${PROBE_TIMEOUT_MS / 1000} s.`, { cause: error })
    }
    throw error
  }
}

/** Deletes the canaries of probes that died before they could. @returns how many */
export async function sweepCanaries(driver: StorageDriver, before: Date, signal: AbortSignal): Promise<number> {
  let swept = 0
  for await (const { key } of driver.list(CANARIES)) {
    signal.throwIfAborted()
    const milliseconds = Number.parseInt(
      key
        .slice(CANARIES.length + 1)
        .replaceAll('-', '')
        .slice(0, 12),
      16,
    )
    if (!(milliseconds < before.getTime())) continue
    await driver.delete(key)
    swept++
  }
  return swept
}

async function readAll(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}
