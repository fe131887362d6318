import type { Sealer } from '@archivolt/kit/crypto/sealed'
import type { PrismaClient } from '../../prisma/client/client.ts'
import type { HttpDeps } from '../drivers/http/http.ts'
import type { KeptTokens, TokenStore } from '../drivers/http/tokens.ts'
import { BackendUnavailable } from '../drivers/driver.errors.ts'
import { openCredentials, sealCredentials, type Credentials } from './connection-secrets.ts'

interface Deps {
  db: PrismaClient
  sealer: Sealer
}

/** Refreshes that may hold a connection to the database at once: a provider that hangs must not take them all. */
const MAX_AT_ONCE = 3
/** Calls that wait for their turn; whoever comes then is told to come back. */
const MAX_WAITING = 50
/** Longer than a refresh can take by `REFRESH_PACE`, and so than the lock on its row is needed. */
const LOCK_TIMEOUT_MS = 90_000

/** How patient a refresh is: somebody waits for it with a lock in hand. */
export const REFRESH_PACE: Pick<HttpDeps, 'pace' | 'callTimeoutMs'> = {
  pace: { attempts: 3, baseMs: 300, maxMs: 2_000, patienceMs: 5_000 },
  callTimeoutMs: 10_000,
}

/**
 * Tokens of connections in the database. The row's lock lets one process in the whole house refresh at a time; whoever
 * waited finds the new tokens, and a rotated refresh token is kept before anything is done with what came with it.
 */
export function createTokenStores({ db, sealer }: Deps): (connectionId: string) => TokenStore {
  const gate = createGate(MAX_AT_ONCE)
  return (connectionId) => ({
    change: (work) =>
      gate(() =>
        db.$transaction(
          async (tx) => {
            const [row] = await tx.$queryRaw<{ ownerId: string; credentials: Uint8Array | null }[]>`
              SELECT "owner_id" AS "ownerId", "credentials" FROM "cloud_connections"
              WHERE "id" = ${connectionId}::uuid FOR UPDATE`
            if (!row?.credentials) throw new BackendUnavailable('The account is not connected any more.')
            const connection = { id: connectionId, ownerId: row.ownerId }
            const kept = openCredentials(sealer, connection, row.credentials) as unknown as KeptTokens
            const next = await work(kept)
            if (next !== kept) {
              const credentials = sealCredentials(sealer, connection, next as unknown as Credentials)
              await tx.cloudConnection.update({ where: { id: connectionId }, data: { credentials } })
            }
            return next
          },
          { timeout: LOCK_TIMEOUT_MS },
        ),
      ),
  })
}

/** Lets so many run at once; the others wait in line. */
function createGate(places: number): <T>(run: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let free = places
  return async (run) => {
    if (waiting.length >= MAX_WAITING)
      throw new BackendUnavailable('Too many accounts wait for their provider right now. Try again in a moment.')
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await run()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free++
    }
  }
}
