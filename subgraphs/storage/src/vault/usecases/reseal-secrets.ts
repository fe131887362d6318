import { createKeyCheck } from '@archivolt/kit/crypto/key-check'
import type { Sealer } from '@archivolt/kit/crypto/sealed'
import type { Logger } from '@archivolt/kit/log/logger'
import type { PrismaClient } from '../../../prisma/client/client.ts'
import { resealSecrets as resealPlace } from '../../backends/secrets.ts'
import { resealAuthorization, resealCredentials } from '../../connections/connection-secrets.ts'

interface Deps {
  db: PrismaClient
  sealer: Sealer
  log: Logger
}

const BATCH = 100
/** Whoever writes with the old key meanwhile makes another pass necessary. */
const MAX_PASSES = 10

type Bytes = Uint8Array<ArrayBuffer>

interface Sealed {
  id: string
  sealed: Bytes
  reseal(): Bytes
  /** Puts the new text in the place of exactly the old one; false when somebody else has written meanwhile. */
  replace(next: Bytes): Promise<{ count: number }>
}

/**
 * Seals anew, with the current master key, what older ones have sealed: places, people's connections, what is on its way
 * there, and last the check of the key itself. Until then the old key must stay known. Writers need not wait.
 * @returns whether nothing is left under an older key
 */
export const resealSecrets =
  ({ db, sealer, log }: Deps) =>
  async (signal: AbortSignal): Promise<boolean> => {
    const tables = [places(db, sealer), connections(db, sealer), authorizations(db, sealer)]
    let resealed = 0
    for (let pass = 0; pass < MAX_PASSES; pass++) {
      let found = 0
      for (const table of tables) found += await resealTable(table, sealer, signal)
      resealed += found
      if (found > 0) continue
      await resealCheck(db, sealer)
      if (resealed > 0) log.info({ secrets: resealed }, 'secrets are sealed with the new master key')
      return true
    }
    log.warn(
      { secrets: resealed },
      'secrets are still being written with the old master key; they are sealed anew later',
    )
    return false
  }

/** @returns how many texts under an older key there were */
async function resealTable(
  rowsAfter: (after: string | undefined) => Promise<Sealed[]>,
  sealer: Sealer,
  signal: AbortSignal,
): Promise<number> {
  let found = 0
  for (let after: string | undefined; ;) {
    signal.throwIfAborted()
    const rows = await rowsAfter(after)
    for (const row of rows) {
      if (!sealer.needsReseal(row.sealed)) continue
      found++
      await row.replace(row.reseal())
    }
    if (rows.length < BATCH) return found
    after = rows.at(-1)?.id
  }
}

const page = (after: string | undefined) => ({
  orderBy: { id: 'asc' as const },
  take: BATCH,
  ...(after && { cursor: { id: after }, skip: 1 }),
})

const places = (db: PrismaClient, sealer: Sealer) => async (after: string | undefined) => {
  const rows = await db.storageBackend.findMany({ where: { secrets: { not: null } }, ...page(after) })
  return rows.map(({ id, secrets }): Sealed => {
    const sealed = secrets as Bytes
    return {
      id,
      sealed,
      reseal: () => resealPlace(sealer, id, sealed),
      replace: (next) => db.storageBackend.updateMany({ where: { id, secrets: sealed }, data: { secrets: next } }),
    }
  })
}

const connections = (db: PrismaClient, sealer: Sealer) => async (after: string | undefined) => {
  const rows = await db.cloudConnection.findMany({ where: { credentials: { not: null } }, ...page(after) })
  return rows.map((row): Sealed => {
    const sealed = row.credentials as Bytes
    const { id } = row
    return {
      id,
      sealed,
      reseal: () => resealCredentials(sealer, row, sealed),
      replace: (next) =>
        db.cloudConnection.updateMany({ where: { id, credentials: sealed }, data: { credentials: next } }),
    }
  })
}

const authorizations = (db: PrismaClient, sealer: Sealer) => async (after: string | undefined) => {
  const rows = await db.cloudAuthorization.findMany({ ...page(after), include: { connection: true } })
  return rows.map((row): Sealed => {
    const { id, secret: sealed } = row
    return {
      id,
      sealed,
      reseal: () => resealAuthorization(sealer, row, row.connection.ownerId),
      replace: (next) => db.cloudAuthorization.updateMany({ where: { id, secret: sealed }, data: { secret: next } }),
    }
  })
}

async function resealCheck(db: PrismaClient, sealer: Sealer): Promise<void> {
  const vault = await db.vault.findFirstOrThrow()
  if (!sealer.needsReseal(vault.keyCheck)) return
  const keyCheck = new Uint8Array(createKeyCheck(sealer))
  await db.vault.updateMany({ where: { id: vault.id, keyCheck: vault.keyCheck }, data: { keyCheck } })
}
