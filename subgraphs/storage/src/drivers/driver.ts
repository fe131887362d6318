import type { Readable } from 'node:stream'
import type { ObjectKey } from './object-key.ts'

export interface StoredObject {
  key: ObjectKey
  /** Bytes. */
  size: number
}

export interface ByteRange {
  /** First byte, counted from 0. */
  start: number
  /** Last byte, included. */
  end: number
}

export interface PutOptions {
  /** Bytes that the body will have. A body of another length fails, and leaves nothing readable. */
  size?: number
  signal?: AbortSignal
}

export interface GetOptions {
  range?: ByteRange
  signal?: AbortSignal
}

/**
 * A place where bytes can live. Every method fails only with the errors of `driver.errors.ts`, or with the signal's
 * reason when it was aborted. A capability is a method that exists or does not.
 */
export interface StorageDriver {
  /**
   * Writes a new object. It becomes readable whole or not at all: after a failed, aborted or short body nothing is
   * there. A key is never written twice.
   */
  put(key: ObjectKey, body: Readable, options?: PutOptions): Promise<StoredObject>
  /** The bytes, from the start or of a range that lies inside. @throws ObjectNotFound */
  get(key: ObjectKey, options?: GetOptions): Promise<Readable>
  /** Null when absent. */
  stat(key: ObjectKey): Promise<StoredObject | null>
  /** Absent is success. */
  delete(key: ObjectKey): Promise<void>
  /** Every object whose key is `prefix` or lies below it, by whole segments: `foo` does not list `foobar/x`. */
  list(prefix: string): AsyncIterable<StoredObject>
  /** Rejects with a sentence an administrator can act on when the place cannot be used. */
  check(signal?: AbortSignal): Promise<void>
  close(): Promise<void>
}
