import path from 'node:path'
import { z } from 'zod'
import { commonEnv, serviceUrls } from '@archivolt/kit/env/common'
import { readEnv } from '@archivolt/kit/env/read-env'

const here = import.meta.dirname

/** A list of exact origins. A path, a wildcard or a trailing slash would silently never match what browsers send. */
const origins = z.string().transform((text, context) => {
  const list = text
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean)
  if (list.every((entry) => URL.canParse(entry) && new URL(entry).origin === entry)) return list
  context.addIssue({
    code: 'custom',
    message: 'must be a comma-separated list of origins such as https://vault.example',
  })
  return z.NEVER
})

/** How many proxies stand in front. `true` means one; more is said as a number. */
const proxies = z
  .enum(['false', 'true'])
  .transform((word) => (word === 'true' ? 1 : 0))
  .or(z.coerce.number().int().min(0).max(10))

const shape = {
  ...commonEnv,
  ...serviceUrls,
  PORT: z.coerce.number().int().min(0).max(65535).default(4000),
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  FRONTEND_URL: z.url({ protocol: /^https?$/ }).optional(),
  BACKEND_URL: z.url({ protocol: /^https?$/ }).optional(),
  CORS_ORIGINS: origins.default([]),
  /** Object stores with which browsers exchange bytes directly, beside the one of S3_PUBLIC_ENDPOINT. */
  BYTE_ORIGINS: origins.default([]),
  S3_PUBLIC_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  WEB_ROOT: z.string().default(path.resolve(here, '../../web/dist')),
  SUPERGRAPH_PATH: z.string().default(path.resolve(here, '../../schema/supergraph.graphql')),
  TRUST_PROXY: proxies.default(0),
}

export type GatewayEnv = ReturnType<typeof readGatewayEnv>

/**
 * What the gateway reads. `PUBLIC_URL` is `http://localhost:PORT` unless given, and the other two follow it.
 * @throws EnvironmentError naming every faulty variable
 */
export function readGatewayEnv(source: Record<string, string | undefined>) {
  const read = readEnv(shape, source)
  const publicUrl = read.PUBLIC_URL ?? `http://localhost:${read.PORT}`
  return Object.freeze({
    ...read,
    PUBLIC_URL: publicUrl,
    FRONTEND_URL: read.FRONTEND_URL ?? publicUrl,
    BACKEND_URL: read.BACKEND_URL ?? publicUrl,
  })
}
