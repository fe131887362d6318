import { hkdfSync } from 'node:crypto'
import { createKeyCheck, verifyKeyCheck } from '@archivolt/kit/crypto/key-check'
import type { MasterKey } from '@archivolt/kit/crypto/master-keys'
import { createSealer, type Sealer } from '@archivolt/kit/crypto/sealed'
import { z } from 'zod'
import type { PrismaClient, Vault } from '../../prisma/client/client.ts'

/** Any number, but the same in every process: starters at once wait for each other. */
const VAULT_LOCK = 7_402_202

/** The master keys of the environment, of 32 bytes each. */
export interface GivenKeys {
  /** Seals whatever is written from now on. */
  current: Buffer
  /** Opens as well, while secrets of both are about. */
  previous?: Buffer
}

export interface OpenVault {
  id: string
  sealer: Sealer
}

const knownKeys = z.array(z.object({ version: z.int().min(1), fingerprint: z.string() }))
type KnownKeys = z.output<typeof knownKeys>

/**
 * Who this vault is, and what seals its secrets. At the first start it gets its id; at every later one the master key is
 * tried. A key that the vault has not seen gets the next version, so that nobody has to count: every machine that is
 * started with it finds the same one.
 * @throws WrongMasterKeyError when none of the keys is the one of this vault
 */
export async function openVault(db: PrismaClient, keys: GivenKeys): Promise<OpenVault> {
  return db.$transaction(async (tx) => {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(${VAULT_LOCK})`
    const vault = await tx.vault.findFirst()
    const known = vault ? keysOf(vault) : []
    const first = { version: 1, key: keys.current }
    if (!vault) {
      const sealer = createSealer({ current: first })
      const data = {
        keyCheck: new Uint8Array(createKeyCheck(sealer)),
        keys: [{ version: 1, fingerprint: fingerprintOf(keys.current) }],
      }
      return { ...(await tx.vault.create({ data, select: { id: true } })), sealer }
    }
    const numbered = number(known.length > 0 ? known : [theFirst(vault, keys)], keys)
    const sealer = createSealer(numbered.masterKeys)
    // Before the new versions are written down: a key with a slip in it leaves no trace.
    verifyKeyCheck(sealer, vault.keyCheck)
    if (numbered.known.length !== known.length) {
      await tx.vault.update({ where: { id: vault.id }, data: { keys: numbered.known } })
    }
    return { id: vault.id, sealer }
  })
}

const keysOf = (vault: Vault): KnownKeys => knownKeys.parse(vault.keys)

/** Of a vault that is older than the list of its keys: its one key has version 1. */
function theFirst(vault: Vault, keys: GivenKeys): KnownKeys[number] {
  const opening = [keys.current, ...(keys.previous ? [keys.previous] : [])].find((key) => {
    try {
      verifyKeyCheck(createSealer({ current: { version: 1, key } }), vault.keyCheck)
      return true
    } catch {
      return false
    }
  })
  return { version: 1, fingerprint: fingerprintOf(opening ?? keys.current) }
}

function number(before: KnownKeys, { current, previous }: GivenKeys) {
  const known = [...before]
  const versionOf = (key: Buffer): MasterKey => {
    const fingerprint = fingerprintOf(key)
    const found = known.find((one) => one.fingerprint === fingerprint)
    const version = found?.version ?? Math.max(...known.map((one) => one.version)) + 1
    if (!found) known.push({ version, fingerprint })
    return { version, key }
  }
  const old = previous && !previous.equals(current) ? [versionOf(previous)] : []
  return { masterKeys: { current: versionOf(current), previous: old }, known }
}

/** Tells keys apart and gives none away. */
function fingerprintOf(key: Buffer): string {
  return Buffer.from(hkdfSync('sha256', key, 'archivolt', 'fingerprint of a master key', 8)).toString('hex')
}
