import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { CannotOpenError } from './crypto.errors.ts'
import { byVersion, type MasterKeys } from './master-keys.ts'

/** What a sealed text belongs to. It opens for the same owner and field alone. */
export interface SealedFor {
  /** The id of the person or thing whose secret it is. */
  owner: string
  /** What the secret is, e.g. `connection.refresh_token`. */
  field: string
}

export interface Sealer {
  seal(plaintext: string, place: SealedFor): Buffer
  /** @throws CannotOpenError, which says nothing of the content */
  open(sealed: Uint8Array, place: SealedFor): string
  /**
   * True when the text is to be sealed anew: it was sealed with an older key than the current one, or is no sealed
   * text. A newer key is left alone, so that two machines in the middle of a change do not undo each other's work.
   */
  needsReseal(sealed: Uint8Array): boolean
}

/*
 * The bytes of a sealed text:
 *
 *   format (1) | version of the master key (4) | nonce (12) | tag (16) | ciphertext
 */
const FORMAT = 1
const NONCE_AT = 5
const TAG_AT = 17
const TEXT_AT = 33

/**
 * Encrypts secrets that are kept in the database: AES-256-GCM under a key of its own for each owner and field
 * (HKDF-SHA256 from the master key), with owner, field and the header as associated data. The random nonces repeat
 * only after some 2^32 texts of one owner and field.
 */
export function createSealer(masterKeys: MasterKeys): Sealer {
  const keys = byVersion(masterKeys)
  const { version: current, key } = masterKeys.current
  const currentKey = Buffer.from(key)

  const keyFor = (master: Buffer, place: SealedFor) =>
    Buffer.from(hkdfSync('sha256', master, 'archivolt', nameOf(place), 32))

  return {
    seal(plaintext, place) {
      const header = Buffer.alloc(NONCE_AT)
      header.writeUInt8(FORMAT)
      header.writeUInt32BE(current, 1)
      const nonce = randomBytes(TAG_AT - NONCE_AT)
      const cipher = createCipheriv('aes-256-gcm', keyFor(currentKey, place), nonce)
      cipher.setAAD(Buffer.concat([header, nameOf(place)]))
      const text = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()])
      return Buffer.concat([header, nonce, cipher.getAuthTag(), text])
    },

    open(sealed, place) {
      const master = keys.get(versionOf(sealed))
      if (!master) throw new CannotOpenError()
      const [header, nonce, tag] = [
        sealed.subarray(0, NONCE_AT),
        sealed.subarray(NONCE_AT, TAG_AT),
        sealed.subarray(TAG_AT, TEXT_AT),
      ]
      const cipher = createDecipheriv('aes-256-gcm', keyFor(master, place), nonce, { authTagLength: TEXT_AT - TAG_AT })
      cipher.setAAD(Buffer.concat([header, nameOf(place)])).setAuthTag(tag)
      const text = cipher.update(sealed.subarray(TEXT_AT))
      try {
        return Buffer.concat([text, cipher.final()]).toString('utf8')
      } catch {
        // Without its cause: what was deciphered before the tag failed is not to be near an error.
        throw new CannotOpenError()
      }
    },

    needsReseal: (sealed) => versionOf(sealed) < current,
  }
}

/** The version of the master key that sealed this; 0 when these are not the bytes of a sealed text. */
function versionOf(sealed: Uint8Array): number {
  if (sealed.length < TEXT_AT || sealed[0] !== FORMAT) return 0
  return Buffer.from(sealed.buffer, sealed.byteOffset, NONCE_AT).readUInt32BE(1)
}

/** With lengths, so that no two places share a name: `ab` of `c` is not `a` of `bc`. */
function nameOf({ owner, field }: SealedFor): Buffer {
  const parts = ['sealed', owner, field].map((part) => Buffer.from(part, 'utf8'))
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(part.length)
      return [length, part]
    }),
  )
}
