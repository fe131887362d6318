import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto'
import { exportJWK, exportPKCS8, generateKeyPair, importPKCS8, type CryptoKey, type JWK } from 'jose'
import type { PrismaClient } from '../../prisma/client/client.ts'

export interface SigningKeys {
  /** The key new access tokens are signed with. */
  current(): Promise<{ kid: string; key: CryptoKey }>
  /** Public keys of all tokens that may still be valid (RFC 7517, section 5). */
  jwks(): Promise<{ keys: JWK[] }>
}

const KEYS_LOCK = 7_402_102

/**
 * The key pairs of access tokens. The first one is made when the vault starts for the first time; private halves are
 * kept encrypted with `encryptionKey` (32 bytes), bound to their id.
 * @throws Error when the stored key cannot be decrypted: SECRET_KEY is not the one of this vault
 */
export async function openSigningKeys(db: PrismaClient, encryptionKey: Buffer): Promise<SigningKeys> {
  await db.$transaction(async (tx) => {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(${KEYS_LOCK})`
    if (await tx.signingKey.findFirst({ where: { retiredAt: null } })) return
    const kid = randomUUID()
    const pair = await generateKeyPair('ES256', { extractable: true })
    const publicJwk = { ...(await exportJWK(pair.publicKey)), kid, alg: 'ES256', use: 'sig' }
    const privateKey = encrypt(encryptionKey, kid, await exportPKCS8(pair.privateKey))
    await tx.signingKey.create({ data: { kid, privateKey, publicJwk } })
  })
  const newest = () => db.signingKey.findFirstOrThrow({ where: { retiredAt: null }, orderBy: { createdAt: 'desc' } })
  const load = async () => {
    const row = await newest()
    return {
      kid: row.kid,
      key: await importPKCS8(decrypt(encryptionKey, row.kid, Buffer.from(row.privateKey)), 'ES256'),
    }
  }
  const loaded = await load()
  return {
    current: async () => loaded,
    jwks: async () => ({
      keys: (await db.signingKey.findMany({ where: { retiredAt: null } })).map((row) => row.publicJwk as JWK),
    }),
  }
}

const IV_BYTES = 12
const TAG_BYTES = 16

function encrypt(key: Buffer, kid: string, text: string): Buffer<ArrayBuffer> {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(kid))
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.from(Buffer.concat([iv, cipher.getAuthTag(), sealed]))
}

function decrypt(key: Buffer, kid: string, sealed: Buffer): string {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, IV_BYTES))
      .setAAD(Buffer.from(kid))
      .setAuthTag(sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
    return Buffer.concat([decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8')
  } catch (error) {
    throw new Error(
      'The signing key of this vault cannot be read with this SECRET_KEY. Start with the SECRET_KEY the vault was made with.',
      { cause: error },
    )
  }
}
