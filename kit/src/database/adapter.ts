import { PrismaPg } from '@prisma/adapter-pg'

/** Prisma's connection to one service's database through `pg`. `max` bounds the connections of this process. */
export function prismaAdapter(service: string, url: string, max = 10): PrismaPg {
  return new PrismaPg({
    connectionString: url,
    max,
    application_name: `archivolt-${service}`,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
  })
}

/** How long an interactive transaction may wait for a connection and run, in milliseconds; Prisma's 2 s fail under load. */
export const TRANSACTION_OPTIONS = { maxWait: 15_000, timeout: 30_000 }
