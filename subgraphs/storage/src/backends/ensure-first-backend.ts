import type { PrismaClient } from '../../prisma/client/client.ts'

/** Any number, but the same in every process: starters at once wait for each other. */
const FIRST_BACKEND_LOCK = 7_402_201

/** Gives a new vault its first place for bytes: a folder below the vault's data. */
export const ensureFirstBackend = (deps: { db: PrismaClient; localRoot: string }) => async (): Promise<void> => {
  await deps.db.$transaction(async (tx) => {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(${FIRST_BACKEND_LOCK})`
    if ((await tx.storageBackend.count()) > 0) return
    await tx.storageBackend.create({
      data: { name: 'Local disk', driver: 'LOCAL', config: { root: deps.localRoot }, current: true },
    })
  })
}
