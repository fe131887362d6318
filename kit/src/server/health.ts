import { DomainError } from '../errors/domain-error.ts'

export interface PartHealth {
  state: 'ok' | 'down'
  latencyMs: number
  message?: string
}

export interface HealthReport {
  status: 'ok' | 'degraded'
  parts: Record<string, PartHealth>
}

/** Resolves when the part works; rejects with a sentence an operator can act on. */
export type HealthCheck = (signal: AbortSignal) => Promise<void>

/** A check that takes longer is reported as down; a health answer must never hang on a sick part. */
const CHECK_TIMEOUT_MS = 2000

/**
 * Runs all checks side by side and says what each found. Never rejects. The answer is public, so only the sentences of
 * domain errors are in it; what other errors say, addresses among it, goes to `report`.
 */
export async function checkHealth(
  checks: Record<string, HealthCheck>,
  report: (part: string, error: unknown) => void = () => {},
): Promise<HealthReport> {
  const parts = Object.fromEntries(
    await Promise.all(
      Object.entries(checks).map(
        async ([name, check]) => [name, await runCheck(check, (error) => report(name, error))] as const,
      ),
    ),
  )
  return { status: Object.values(parts).every((part) => part.state === 'ok') ? 'ok' : 'degraded', parts }
}

async function runCheck(check: HealthCheck, report: (error: unknown) => void): Promise<PartHealth> {
  const started = performance.now()
  const signal = AbortSignal.timeout(CHECK_TIMEOUT_MS)
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener(
      'abort',
      () => reject(new DomainError('health.timeout', `no answer within ${CHECK_TIMEOUT_MS} ms`)),
      { once: true },
    )
  })
  const since = () => Math.round(performance.now() - started)
  try {
    await Promise.race([check(signal), late])
    return { state: 'ok', latencyMs: since() }
  } catch (error) {
    if (error instanceof DomainError) return { state: 'down', latencyMs: since(), message: error.message }
    report(error)
    return { state: 'down', latencyMs: since(), message: 'does not answer' }
  }
}
