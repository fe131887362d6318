import { Readable } from 'node:stream'
import { z } from 'zod'
import type { StorageDriver } from '../drivers/driver.ts'
import { toObjectKey } from '../drivers/object-key.ts'
import { MarkerError } from './vault.errors.ts'

/** The object by which a place says whose it is. */
export const MARKER_KEY = toObjectKey('archivolt-vault.json')
const MAX_MARKER_BYTES = 10_000
const markerSchema = z.object({ vaultId: z.string() })

/**
 * Claims an unmarked place for this vault; a place of this vault is left as it is.
 * @throws MarkerError when the place belongs to another vault
 */
export async function claimPlace(driver: StorageDriver, vaultId: string, signal?: AbortSignal): Promise<void> {
  const owner = await markOf(driver, signal)
  if (owner === vaultId) return
  if (owner !== null) throw new MarkerError('foreign')
  const text = `${JSON.stringify({ vaultId, note: 'This place belongs to an Archivolt vault. Do not change what lies here.' }, null, 2)}\n`
  await driver.put(MARKER_KEY, Readable.from([Buffer.from(text)]), {
    size: Buffer.byteLength(text),
    contentType: 'application/json',
    signal,
  })
  // Two vaults may have claimed at once: whoever reads its own name back has the place.
  if ((await markOf(driver, signal)) !== vaultId) throw new MarkerError('foreign')
}

/** @throws MarkerError when the place is not marked as this vault's */
export async function confirmPlace(driver: StorageDriver, vaultId: string, signal?: AbortSignal): Promise<void> {
  const owner = await markOf(driver, signal)
  if (owner === null) throw new MarkerError('missing')
  if (owner !== vaultId) throw new MarkerError('foreign')
}

async function markOf(driver: StorageDriver, signal?: AbortSignal): Promise<string | null> {
  if (!(await driver.stat(MARKER_KEY))) return null
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of (await driver.get(MARKER_KEY, { signal })) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_MARKER_BYTES) return 'not a marker'
    chunks.push(chunk)
  }
  try {
    return markerSchema.parse(JSON.parse(Buffer.concat(chunks).toString('utf8'))).vaultId
  } catch {
    return 'not a marker'
  }
}
