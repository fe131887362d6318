import { z } from 'zod'

/** `SECRET_KEY`: the root of every signature. 32 characters is the least that HMAC-SHA256 gains from (RFC 2104, section 3). */
const secretKey = z.string().min(32, 'must have at least 32 characters')

/** What every service reads; each service adds its own beside it in its `env.ts`. */
export const commonEnv = {
  NODE_ENV: z.enum(['development', 'production', 'test']).default('development'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  HOST: z.string().default('127.0.0.1'),
  SECRET_KEY: secretKey,
  SHARED_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }).optional(),
}

/** The row and table connections of one service: `DATABASE_URL` may be given per service, e.g. `STORAGE_DATABASE_URL`. */
export const databaseEnv = {
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  DATABASE_MIGRATE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
}

/** Lets `STORAGE_DATABASE_URL` stand in for `DATABASE_URL` in the storage service, and likewise for the others. */
export function perService(
  service: string,
  source: Record<string, string | undefined>,
): Record<string, string | undefined> {
  const prefix = `${service.toUpperCase()}_`
  const own: Record<string, string | undefined> = {}
  for (const name of ['DATABASE_URL', 'DATABASE_MIGRATE_URL', 'PORT', 'HOST']) {
    if (source[prefix + name]) own[name] = source[prefix + name]
  }
  return { ...source, ...own }
}

/** Where the services of the house answer, from inside. The one-process start replaces these by loopback addresses. */
export const serviceUrls = {
  IDENTITY_URL: z.url().default('http://127.0.0.1:4001'),
  DOCUMENTS_URL: z.url().default('http://127.0.0.1:4002'),
  STORAGE_URL: z.url().default('http://127.0.0.1:4003'),
  AI_URL: z.url().default('http://127.0.0.1:4004'),
}

/** The addresses of `serviceUrls` as a directory. */
export function directoryFrom(env: {
  IDENTITY_URL: string
  DOCUMENTS_URL: string
  STORAGE_URL: string
  AI_URL: string
}) {
  const trim = (url: string) => url.replace(/\/$/, '')
  return {
    identity: trim(env.IDENTITY_URL),
    documents: trim(env.DOCUMENTS_URL),
    storage: trim(env.STORAGE_URL),
    ai: trim(env.AI_URL),
  }
}
