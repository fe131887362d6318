import type { AiProvider } from '../../providers/provider.ts'

export interface AiConnection {
  provider: string
  model: string
  latencyMs: number
}

interface Deps {
  provider: AiProvider
  /** Aborts when the service closes. */
  signal: AbortSignal
}

/** How long the provider takes to say that it is there. @throws AiFailedError */
export const testAiConnection = (deps: Deps) => async (): Promise<AiConnection> => {
  const started = performance.now()
  await deps.provider.health(deps.signal)
  return {
    provider: deps.provider.name,
    model: deps.provider.model,
    latencyMs: Math.round(performance.now() - started),
  }
}
