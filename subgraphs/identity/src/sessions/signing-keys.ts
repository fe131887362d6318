import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto'
import { exportJWK, exportPKCS8, generateKeyPair, importPKCS8, type CryptoKey, type JWK } from 'jose'
import type { Prisma, PrismaClient } from '../../prisma/client/client.ts'
import { ACCESS_TOKEN_MS } from './session.ts'

export interface SigningKeys {
  /** The key new access tokens are signed with. */
  current(): Promise<{ kid: string; key: CryptoKey }>
  /** Public keys of all tokens that may be valid, now or soon (RFC 7517, section 5). */
  jwks(): Promise<{ keys: JWK[] }>
  /** Makes the next key when the present one is old, and forgets those that no token can be signed with any more. */
  rotate(): Promise<void>
}

const KEYS_LOCK = 7_402_102
const MINUTE = 60_000
const DAY = 86_400_000

/** How long a process goes on with the keys it has read. */
const REREAD_MS = MINUTE
/**
 * How long a key is published before it signs: longer than verifiers keep a key set (10 minutes) and than another
 * process goes on with what it has read, so that every verifier knows a key before the first token of it comes.
 */
export const PUBLISH_AHEAD_MS = 15 * MINUTE
/** How long a key is published after it has signed for the last time: its last token, a slow process, clock skew. */
const PUBLISH_AFTER_MS = ACCESS_TOKEN_MS + 5 * MINUTE

interface KeyRow {
  kid: string
  privateKey: Uint8Array
  publicJwk: unknown
  signsFrom: Date
}

/** Newest first: the key that signs at `now`, and those that verifiers must know. */
export function planKeys<Row extends { signsFrom: Date }>(rows: readonly Row[], now: number) {
  const newestFirst = rows.toSorted((a, b) => b.signsFrom.getTime() - a.signsFrom.getTime())
  const signing = newestFirst.find((row) => row.signsFrom.getTime() <= now)
  const published = newestFirst.filter((_row, at) => {
    const successor = newestFirst[at - 1]
    return !successor || successor.signsFrom.getTime() + PUBLISH_AFTER_MS > now
  })
  return { signing, published }
}

/**
 * The key pairs of access tokens. The first one is made when the vault starts for the first time; private halves are
 * kept encrypted with `encryptionKey` (32 bytes), bound to their id.
 * @param options.everyMs how long a key signs. @default 90 days
 * @throws Error when a stored key cannot be decrypted: SECRET_KEY is not the one of this vault
 */
export async function openSigningKeys(
  db: PrismaClient,
  encryptionKey: Buffer,
  { now = Date.now, everyMs = 90 * DAY }: { now?: () => number; everyMs?: number } = {},
): Promise<SigningKeys> {
  const read = (tx: Prisma.TransactionClient): Promise<KeyRow[]> =>
    tx.signingKey.findMany({ where: { retiredAt: null }, orderBy: { signsFrom: 'desc' }, take: 20 })

  const add = async (tx: Prisma.TransactionClient, signsFrom: number): Promise<void> => {
    const kid = randomUUID()
    const pair = await generateKeyPair('ES256', { extractable: true })
    const publicJwk = { ...(await exportJWK(pair.publicKey)), kid, alg: 'ES256', use: 'sig' }
    const privateKey = encrypt(encryptionKey, kid, await exportPKCS8(pair.privateKey))
    const times = { createdAt: new Date(now()), signsFrom: new Date(signsFrom) }
    await tx.signingKey.create({ data: { kid, privateKey, publicJwk, ...times } })
  }

  /** One process at a time: of several that start or rotate at once, one makes the key. */
  const exclusively = (work: (tx: Prisma.TransactionClient, rows: KeyRow[]) => Promise<void>): Promise<void> =>
    db.$transaction(async (tx) => {
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(${KEYS_LOCK})`
      await work(tx, await read(tx))
    })

  await exclusively(async (tx, rows) => {
    if (rows.length === 0) await add(tx, now())
  })

  const opened = new Map<string, CryptoKey>()
  const open = async (row: KeyRow): Promise<CryptoKey> => {
    const known = opened.get(row.kid)
    if (known) return known
    const pem = decrypt(encryptionKey, row.kid, Buffer.from(row.privateKey))
    const key = await importPKCS8(pem, 'ES256')
    opened.set(row.kid, key)
    return key
  }

  let rows = await read(db)
  let readAt = now()
  for (const row of rows) await open(row)
  const fresh = async (): Promise<KeyRow[]> => {
    if (now() - readAt >= REREAD_MS) {
      rows = await read(db)
      readAt = now()
    }
    return rows
  }

  return {
    async current() {
      const { signing } = planKeys(await fresh(), now())
      if (!signing) throw new Error('there is no key to sign access tokens with')
      return { kid: signing.kid, key: await open(signing) }
    },
    async jwks() {
      const { published } = planKeys(await read(db), now())
      return { keys: published.map((row) => row.publicJwk as JWK) }
    },
    async rotate() {
      await exclusively(async (tx, known) => {
        const newest = planKeys(known, Infinity).signing
        if (!newest || newest.signsFrom.getTime() + everyMs <= now()) await add(tx, now() + PUBLISH_AHEAD_MS)
        const kept = planKeys(known, now()).published.map((row) => row.kid)
        const gone = known.filter((row) => !kept.includes(row.kid)).map((row) => row.kid)
        await tx.signingKey.deleteMany({ where: { kid: { in: gone } } })
        for (const kid of gone) opened.delete(kid)
      })
    },
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
