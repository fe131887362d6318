import { createKeyCheck, verifyKeyCheck } from '@archivolt/kit/crypto/key-check'
import type { Sealer } from '@archivolt/kit/crypto/sealed'
import type { PrismaClient } from '../../prisma/client/client.ts'

/** Any number, but the same in every process: starters at once wait for each other. */
const VAULT_LOCK = 7_402_202

/**
 * Who this vault is. At the first start it gets its id; at every later one the master key is tried.
 * @throws WrongMasterKeyError when the master key is not the one of this vault
 */
export async function openVault(db: PrismaClient, sealer: Sealer): Promise<{ id: string }> {
  return db.$transaction(async (tx) => {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(${VAULT_LOCK})`
    const vault = await tx.vault.findFirst()
    if (!vault)
      return tx.vault.create({ data: { keyCheck: new Uint8Array(createKeyCheck(sealer)) }, select: { id: true } })
    verifyKeyCheck(sealer, vault.keyCheck)
    return { id: vault.id }
  })
}
