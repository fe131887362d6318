import { createPrivateKey, createPublicKey, hkdfSync, type KeyObject } from 'node:crypto'

/** PKCS #8 wrapping of a 32-byte Ed25519 seed (RFC 8410, section 7). */
const ED25519_PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

/** 32 bytes for one purpose from the root secret (HKDF-SHA256). The same secret and purpose give the same key in every process. */
export function deriveKey(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, 'archivolt', purpose, 32))
}

export interface ServiceKeys {
  privateKey: KeyObject
  publicKey: KeyObject
}

/**
 * The key pair behind signed service identities. It is derived, so no service stores or distributes it; plugins,
 * which do not hold the secret, verify with the public half and cannot sign.
 */
export function serviceKeys(secret: string): ServiceKeys {
  return signingKeys(secret, 'service-identity')
}

/** The Ed25519 key pair for one purpose; two purposes never share one. */
export function signingKeys(secret: string, purpose: string): ServiceKeys {
  const seed = deriveKey(secret, purpose)
  const privateKey = createPrivateKey({
    key: Buffer.concat([ED25519_PKCS8_PREFIX, seed]),
    format: 'der',
    type: 'pkcs8',
  })
  return { privateKey, publicKey: createPublicKey(privateKey) }
}
