import type { FastifyInstance } from 'fastify'
import { checkHealth, type HealthCheck, type HealthReport } from '@archivolt/kit/server/health'

/** A public path must not let anybody multiply their requests onto all services. */
const REMEMBER_MS = 1000

/** `/health` says how each part does and is always 200; `live` and `ready` are for whatever restarts and routes. */
export function addHealth(
  app: FastifyInstance,
  checks: Record<string, HealthCheck>,
  readiness: { isReady(): boolean },
): void {
  let last: { at: number; report: Promise<HealthReport> } | undefined
  const report = (): Promise<HealthReport> => {
    if (!last || performance.now() - last.at > REMEMBER_MS)
      last = { at: performance.now(), report: checkHealth(checks) }
    return last.report
  }
  app.get('/health', async (_request, reply) => reply.header('cache-control', 'no-store').send(await report()))
  app.get('/health/live', async () => ({ status: 'ok' }))
  app.get('/health/ready', async (_request, reply) =>
    readiness.isReady()
      ? { status: 'ready' }
      : reply.code(503).header('retry-after', '1').send({ status: 'not ready' }),
  )
}

/** Asks a service in another process. Its answer says `degraded` when a part of it fails. */
export const healthOver =
  (url: string): HealthCheck =>
  async (signal) => {
    const answer = await fetch(new URL('/health', url), { signal }).catch(() => {
      throw new Error('does not answer')
    })
    const { status, parts = {} } = (await answer.json().catch(() => ({}))) as Partial<HealthReport>
    if (!answer.ok || status === undefined) throw new Error('does not answer as expected')
    const failing = Object.entries(parts).flatMap(([name, part]) => (part.state === 'ok' ? [] : [name]))
    if (status !== 'ok') throw new Error(`degraded: ${failing.join(', ') || 'no reason given'}`)
  }

/** Whether a service in another process answers at all. */
export const aliveAt =
  (url: string): HealthCheck =>
  async (signal) => {
    const answer = await fetch(new URL('/health/live', url), { signal })
    await answer.body?.cancel()
    if (!answer.ok) throw new Error(`status ${answer.status}`)
  }
