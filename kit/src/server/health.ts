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

/** Runs all checks side by side and says what each found. Never rejects. */
export async function checkHealth(checks: Record<string, HealthCheck>): Promise<HealthReport> {
  const parts = Object.fromEntries(
    await Promise.all(Object.entries(checks).map(async ([name, check]) => [name, await runCheck(check)] as const)),
  )
  return { status: Object.values(parts).every((part) => part.state === 'ok') ? 'ok' : 'degraded', parts }
}

async function runCheck(check: HealthCheck): Promise<PartHealth> {
  const started = performance.now()
  const signal = AbortSignal.timeout(CHECK_TIMEOUT_MS)
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)), { once: true })
  })
  const since = () => Math.round(performance.now() - started)
  try {
    await Promise.race([check(signal), late])
    return { state: 'ok', latencyMs: since() }
  } catch (error) {
    return { state: 'down', latencyMs: since(), message: error instanceof Error ? error.message : 'failed' }
  }
}
