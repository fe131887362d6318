import { createHash, randomBytes } from 'node:crypto'
import type { Client } from '@archivolt/kit/identity/identity'

/** What is known of the device behind a call. */
export interface Device extends Client {
  requestId: string
  /** SHA-256 of the id in its device cookie, which says nothing of whose device it is; null without one. */
  hash: Uint8Array<ArrayBuffer> | null
}

/** 128 random bits. Whoever holds the id is known to the accounts that signed in with it, and nothing more. */
export const newDeviceId = (): string => randomBytes(16).toString('base64url')

const DEVICE_ID = /^[A-Za-z0-9_-]{22}$/

/** Under what a device is kept; null for a text that is no device id. */
export function hashDevice(id: string | null): Uint8Array<ArrayBuffer> | null {
  return id !== null && DEVICE_ID.test(id) ? createHash('sha256').update(id).digest() : null
}
