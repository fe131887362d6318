import { commonEnv, databaseEnv, perService, serviceUrls } from '@archivolt/kit/env/common'
import { readEnv } from '@archivolt/kit/env/read-env'
import { z } from 'zod'

const shape = {
  ...commonEnv,
  ...databaseEnv,
  ...serviceUrls,
  PORT: z.coerce.number().int().min(0).max(65535).default(4001),
  PUBLIC_URL: z.url().default('http://localhost:4000'),
  ADMIN_EMAIL: z.email().optional(),
  ADMIN_PASSWORD: z.string().min(12, 'must have at least 12 characters').max(128).optional(),
  /** Whether strangers may open an account. */
  REGISTRATION: z.enum(['open', 'closed']).default('open'),
  /** Comma-separated addresses of feature services to register. */
  PLUGIN_URLS: z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((url) => url.trim())
        .filter(Boolean),
    )
    .pipe(z.array(z.url())),
}

export type IdentityEnv = ReturnType<typeof readIdentityEnv>

/** @throws EnvironmentError naming every faulty variable */
export function readIdentityEnv(source: Record<string, string | undefined>) {
  return readEnv(shape, perService('identity', source))
}
