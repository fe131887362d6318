import { BadMasterKeyError } from './crypto.errors.ts'

export interface MasterKey {
  /** A whole number from 1; each new key has a higher one. */
  version: number
  /** 32 bytes. */
  key: Buffer
}

/** The key that seals, and all others that may still open something. */
export interface MasterKeys {
  current: MasterKey
  /**
   * Keys before the current one. During a change on several machines also the key after it: every machine first learns
   * to open with the new key, then each begins to seal with it.
   */
  previous?: readonly MasterKey[]
}

export const MASTER_KEY_BYTES = 32

const HEX = /^[0-9a-f]{64}$/i
/** 43 digits carry 32 bytes and two bits; both alphabets, with padding or without. */
const BASE64 = /^[A-Za-z0-9+/_-]{43}=?$/

/**
 * Exactly 32 bytes from hexadecimal digits or base64. A passphrase is refused: it is not stretched here.
 * @throws BadMasterKeyError
 */
export function parseMasterKey(text: string): Buffer {
  const digits = text.trim()
  if (HEX.test(digits)) return Buffer.from(digits, 'hex')
  if (BASE64.test(digits)) return Buffer.from(digits, 'base64')
  throw new BadMasterKeyError()
}

/** The keys by their version. @throws Error when two share one, or a key is no master key */
export function byVersion({ current, previous = [] }: MasterKeys): ReadonlyMap<number, Buffer> {
  const keys = new Map<number, Buffer>()
  for (const { version, key } of [current, ...previous]) {
    if (!Number.isInteger(version) || version < 1 || version > 0xffff_ffff) {
      throw new RangeError('The version of a master key is a whole number from 1.')
    }
    if (keys.has(version)) throw new RangeError(`Two master keys have version ${version}.`)
    if (key.length !== MASTER_KEY_BYTES) throw new BadMasterKeyError()
    // A copy: the caller may wipe or reuse its buffer.
    keys.set(version, Buffer.from(key))
  }
  return keys
}
