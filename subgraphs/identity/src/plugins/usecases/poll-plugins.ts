import { manifestSchema, type Manifest } from '@archivolt/kit/server/manifest'
import type { Logger } from '@archivolt/kit/log/logger'
import { z } from 'zod'
import type { HealthState, PrismaClient } from '../../../prisma/client/client.ts'

interface Deps {
  db: PrismaClient
  log: Logger
  /** Where the built-in services and the registered features answer. */
  urls: () => { url: string; builtIn: boolean }[]
  /** The JSON at an address, or a rejection; bounded in time and size. */
  fetchJson: (url: string, signal: AbortSignal) => Promise<unknown>
  now: () => number
}

export type PollPlugins = (signal?: AbortSignal) => Promise<void>

const POLL_TIMEOUT_MS = 5000
const healthSchema = z.object({
  status: z.enum(['ok', 'degraded']),
  parts: z.record(z.string(), z.object({ state: z.string(), message: z.string().optional() })).default({}),
})

interface Health {
  health: HealthState
  healthMessage: string | null
  latencyMs: number | null
}

/** Asks every registered feature what it is and how it is, and keeps the answers. A silent one stays listed, as down. */
export const pollPlugins =
  (deps: Deps): PollPlugins =>
  async (signal) => {
    await Promise.all(deps.urls().map((target) => pollOne(deps, target, signal)))
  }

async function pollOne(deps: Deps, target: { url: string; builtIn: boolean }, outer?: AbortSignal): Promise<void> {
  const timeout = AbortSignal.timeout(POLL_TIMEOUT_MS)
  const signal = outer ? AbortSignal.any([outer, timeout]) : timeout
  const checkedAt = new Date(deps.now())
  try {
    const manifest = manifestSchema.parse(await deps.fetchJson(`${target.url}/plugin/manifest`, signal))
    const health = await askHealth(deps, target.url, signal)
    await keep(deps.db, target, manifest, { ...health, checkedAt })
  } catch (error) {
    const reason =
      error instanceof z.ZodError ? `Its manifest is not valid: ${z.prettifyError(error)}` : 'It does not answer.'
    deps.log.warn({ url: target.url, err: error }, 'a feature service could not be polled')
    await deps.db.plugin.updateMany({
      where: { url: target.url },
      data: { health: 'DOWN', healthMessage: reason.slice(0, 500), latencyMs: null, checkedAt },
    })
  }
}

async function askHealth(deps: Deps, url: string, signal: AbortSignal): Promise<Health> {
  const started = performance.now()
  try {
    const report = healthSchema.parse(await deps.fetchJson(`${url}/health`, signal))
    const down = Object.entries(report.parts).filter(([, part]) => part.state !== 'ok')
    return {
      health: report.status === 'ok' ? 'OK' : 'DEGRADED',
      healthMessage: down.length
        ? down
            .map(([name, part]) => `${name}: ${part.message ?? part.state}`)
            .join('; ')
            .slice(0, 500)
        : null,
      latencyMs: Math.round(performance.now() - started),
    }
  } catch {
    return { health: 'DOWN', healthMessage: 'Its health does not answer.', latencyMs: null }
  }
}

async function keep(
  db: PrismaClient,
  target: { url: string; builtIn: boolean },
  manifest: Manifest,
  health: Health & { checkedAt: Date },
): Promise<void> {
  const { id, access, ...rest } = manifest
  const data = { ...rest, ...access, url: target.url, builtIn: target.builtIn, ...health }
  await db.$transaction([
    // A feature that moved takes its row along; an address that now speaks for another feature gives its old row up.
    db.plugin.deleteMany({ where: { url: target.url, id: { not: id } } }),
    db.plugin.upsert({ where: { id }, create: { id, ...data }, update: data }),
  ])
}
