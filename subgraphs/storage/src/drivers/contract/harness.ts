import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { expect } from 'vitest'
import type { StorageDriver, StoredObject } from '../driver.ts'
import { DriverError } from '../driver.errors.ts'
import { toObjectKey, type ObjectKey } from '../object-key.ts'
import type { Faults } from './faults.ts'

/** The optional methods of a driver. */
export const CAPABILITIES = ['copy', 'presign', 'multipart', 'checksum', 'freeSpace', 'sweep'] as const
export type Capability = (typeof CAPABILITIES)[number]

export interface OpenPlace {
  driver: StorageDriver
  /** The faults that the place can be told to have; those that the suite was told to expect. */
  faults?: Partial<Faults>
  /** Where the driver sweeps: leaves what a write of a killed process leaves. */
  abandon?(): Promise<void>
  /** How much of that is there. */
  abandoned?(): Promise<number>
  close(): Promise<void>
}

export interface DriverSuite {
  /** Opens an empty place that nothing else uses. */
  open(): Promise<OpenPlace>
  /** Exactly the optional methods the driver must have: neither fewer nor more. */
  capabilities: Record<Capability, boolean>
  /** The faults that `open` gives, for emulators and for real servers behind the fault proxy. */
  emulatorFaults?: readonly (keyof Faults)[]
  /** How many objects need more than one page of a listing. By default 1,005, one page being 1,000 with most services. */
  objectsOfTwoPages?: number
}

/** The place of one suite; opened before its first test. */
export interface Place {
  readonly driver: StorageDriver
  readonly faults: Faults
  readonly abandon: () => Promise<void>
  readonly abandoned: () => Promise<number>
}

/** A key of its own, below a folder of its own unless one is given. */
export function newKey(extension = '', folder: string = randomUUID()): ObjectKey {
  return toObjectKey(`${folder}/${randomUUID()}${extension}`)
}

/** Random bytes: nothing compresses them, and a part in the wrong place shows. */
export const someBytes = (length: number): Buffer => randomBytes(length)

export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** A stream of these bytes in chunks as a network brings them. */
export function streamOf(bytes: Buffer, chunkSize = 64 * 1024): Readable {
  let at = 0
  return new Readable({
    read() {
      const end = at + chunkSize
      this.push(at < bytes.length ? bytes.subarray(at, end) : null)
      at = end
    },
  })
}

/** A stream that gives these bytes and then neither ends nor fails, until it is told to. */
export function stalledStream(bytes: Buffer): Readable {
  let given = false
  return new Readable({
    read() {
      if (!given) this.push(bytes)
      given = true
    },
  })
}

export async function putBytes(driver: StorageDriver, bytes: Buffer, key = newKey()): Promise<ObjectKey> {
  await driver.put(key, streamOf(bytes), { size: bytes.length })
  return key
}

export async function readBytes(
  driver: StorageDriver,
  key: ObjectKey,
  range?: { start: number; end: number },
): Promise<Buffer> {
  return buffer(await driver.get(key, { range }))
}

export async function listed(driver: StorageDriver, prefix: string): Promise<StoredObject[]> {
  const found = await Array.fromAsync(driver.list(prefix))
  return found.sort((a, b) => (a.key < b.key ? -1 : 1))
}

/** Nothing is readable under the key, by none of the ways to ask. */
export async function expectAbsent(driver: StorageDriver, key: ObjectKey): Promise<void> {
  expect(await driver.stat(key)).toBeNull()
  await expect(driver.get(key)).rejects.toMatchObject({ code: 'storage.object_not_found' })
  expect(await listed(driver, key.slice(0, key.lastIndexOf('/')))).toEqual([])
}

/** Whole and exactly these bytes, or absent. */
export async function expectWholeOrAbsent(
  driver: StorageDriver,
  key: ObjectKey,
  candidates: readonly Buffer[],
): Promise<boolean> {
  const found = await driver.stat(key)
  if (!found) return false
  const bytes = await readBytes(driver, key)
  expect(found.size).toBe(bytes.length)
  expect(candidates.some((candidate) => candidate.equals(bytes))).toBe(true)
  return true
}

/** The rejection, which must be one of the driver's own errors. */
export async function driverErrorOf(promise: Promise<unknown>): Promise<DriverError> {
  const error = await promise.then(
    () => expect.fail('expected a failure'),
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(DriverError)
  return error as DriverError
}

/** What an error says it comes from, down to the first. */
export function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = []
  for (let at = (error as Error).cause; at !== undefined && !causes.includes(at); at = (at as Error).cause)
    causes.push(at)
  return causes
}

/** Reads the first bytes of a stream and leaves it. */
export async function readALittle(stream: Readable): Promise<void> {
  stream.on('error', () => {})
  await once(stream, 'readable')
  stream.read()
  stream.destroy()
}
