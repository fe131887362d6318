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
  contentType?: string
  signal?: AbortSignal
}

export interface GetOptions {
  range?: ByteRange
  signal?: AbortSignal
}

export interface ListOptions {
  /**
   * Objects up to this one, in the order of an earlier listing, are left out. Where a service gives no order, they may
   * come again; no object after it is ever left out.
   */
  after?: ObjectKey
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
  list(prefix: string, options?: ListOptions): AsyncIterable<StoredObject>
  /** Rejects with a sentence an administrator can act on when the place cannot be used. */
  check(signal?: AbortSignal): Promise<void>
  close(): Promise<void>
  /** A second object with the same bytes, made by the service itself. @throws ObjectNotFound */
  copy?(from: ObjectKey, to: ObjectKey): Promise<void>
  /** An address with which a client reaches the object directly, for a time. */
  presign?(key: ObjectKey, options: PresignOptions): Promise<PresignedRequest>
  /** Large objects in parts, in any order, over any time; the object appears when they are completed. */
  multipart?: Multipart
  /** SHA-256, in lower-case hexadecimal, that the service itself computed from what it stores; null when it has none. */
  checksum?(key: ObjectKey, signal?: AbortSignal): Promise<string | null>
  /**
   * Takes away what writes of dead processes have left where no object lies: unfinished files and uploads to which nothing
   * was added since `before`. Objects, and what is being written, stay. @returns how many were taken away
   */
  sweep?(before: Date, signal?: AbortSignal): Promise<number>
  /** Lets browsers of these origins use presigned addresses, where the service has a setting for it. */
  ensureCors?(origins: readonly string[]): Promise<void>
  /** Bytes there is room for; null when the service does not say. */
  freeSpace?(signal?: AbortSignal): Promise<number | null>
  /** Milliseconds by which the clock of the service is ahead of ours, by its latest answer; null before one has said. */
  clockSkew?(): number | null
}

export interface PresignOptions {
  method: 'GET' | 'PUT'
  expiresInSeconds: number
  /** For PUT: what the client must send, and is held to. */
  contentType?: string
  size?: number
  /** For GET: the `content-disposition` the service answers with. */
  contentDisposition?: string
}

export interface PresignedRequest {
  url: string
  headers: Record<string, string>
}

export interface UploadedPart {
  /** From 1. */
  number: number
  /** What the service gave for the part, to be shown at completion. */
  tag: string
  /** Bytes. */
  size: number
}

export interface Multipart {
  /** Smallest size of every part but the last, in bytes. */
  minPartSize: number
  /** Parts there may be. */
  maxParts: number
  begin(key: ObjectKey, options?: { contentType?: string }): Promise<string>
  putPart(
    key: ObjectKey,
    uploadId: string,
    number: number,
    body: Readable,
    options: { size: number; signal?: AbortSignal },
  ): Promise<UploadedPart>
  presignPart?(
    key: ObjectKey,
    uploadId: string,
    number: number,
    options: { expiresInSeconds: number },
  ): Promise<PresignedRequest>
  /** The parts that have arrived, by number. */
  listParts(key: ObjectKey, uploadId: string): Promise<UploadedPart[]>
  complete(key: ObjectKey, uploadId: string, parts: readonly UploadedPart[]): Promise<StoredObject>
  /** Absent is success. */
  abort(key: ObjectKey, uploadId: string): Promise<void>
}
