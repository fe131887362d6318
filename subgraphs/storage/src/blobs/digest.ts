import { createHash } from 'node:crypto'
import { bytesStreamed } from '@archivolt/kit/streams/young-buffers'
import type { StorageDriver } from '../drivers/driver.ts'
import type { ObjectKey } from '../drivers/object-key.ts'

export interface Digest {
  /** Bytes. */
  size: number
  /** Lower-case hexadecimal. */
  sha256: string
}

export interface DigestOptions {
  signal?: AbortSignal
  /** Told of each piece; reading goes on once it is done. */
  onBytes?(count: number): Promise<void> | void
}

/** Reads an object to its end, to know what is really there. @throws DriverError, the signal's reason */
export async function digestOf(
  driver: StorageDriver,
  key: ObjectKey,
  { signal, onBytes }: DigestOptions = {},
): Promise<Digest> {
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of (await driver.get(key, { signal })) as AsyncIterable<Buffer>) {
    hash.update(chunk)
    size += chunk.length
    bytesStreamed(chunk.length)
    const pause = onBytes?.(chunk.length)
    if (pause) await pause
  }
  return { size, sha256: hash.digest('hex') }
}
