import { Prisma, type PrismaClient } from '../../../prisma/client/client.ts'

interface Deps {
  db: PrismaClient
  now: () => number
}

const DAY_MS = 86_400_000
/** Ended sessions and tokens explain what was in the log for a while. */
const KEPT_DAYS = 90
const BATCH = 1000
const MAX_BATCHES = 100

/** Forgets sessions, devices, challenges, links, guesses and tokens that ended long ago, in small batches. */
export const sweepAccounts =
  ({ db, now }: Deps) =>
  async (signal: AbortSignal): Promise<void> => {
    const long = new Date(now() - KEPT_DAYS * DAY_MS)
    const day = new Date(now() - DAY_MS)
    const year = new Date(now() - 400 * DAY_MS)
    const gone: [table: string, condition: Prisma.Sql][] = [
      ['sessions', Prisma.sql`"expires_at" < ${long}`],
      ['sessions', Prisma.sql`"ended_at" < ${long}`],
      ['challenges', Prisma.sql`"expires_at" < ${day}`],
      ['mail_links', Prisma.sql`"expires_at" < ${long}`],
      ['factor_attempts', Prisma.sql`"since" < ${day}`],
      ['api_tokens', Prisma.sql`"expires_at" < ${long}`],
      ['devices', Prisma.sql`"last_used_at" < ${year}`],
    ]
    for (const [table, condition] of gone) {
      const name = Prisma.raw(`"${table}"`)
      for (let batch = 0; batch < MAX_BATCHES; batch++) {
        signal.throwIfAborted()
        const deleted = await db.$executeRaw`
          DELETE FROM ${name} WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${name} WHERE ${condition} LIMIT ${BATCH}))`
        if (deleted < BATCH) break
      }
    }
  }
