import { randomUUID } from 'node:crypto'
import type { ServiceClient } from '@archivolt/kit/server/service-client'
import { z } from 'zod'
import type { NamedSdl } from './compose.ts'

/** Identity's registry of features, as far as their subgraphs go. */
export interface PluginSource {
  /** Subgraphs to have, the first registered first. */
  wanted(signal: AbortSignal): Promise<NamedSdl[]>
  /** Says what came of them. */
  report(outcomes: readonly { id: string; error: string | null }[], signal: AbortSignal): Promise<void>
}

const answer = z.object({
  plugins: z.array(z.object({ id: z.string(), url: z.url({ protocol: /^https?$/ }), sdl: z.string() })),
})

/** Asks identity. */
export function pluginSource(services: ServiceClient): PluginSource {
  const identity = () => ({ viewer: null, requestId: randomUUID(), client: { ip: '', userAgent: '' } })
  return {
    async wanted(signal) {
      const reply = await services.json('identity', {
        method: 'GET',
        path: '/internal/plugins',
        identity: identity(),
        signal,
      })
      return answer.parse(reply).plugins.map(({ id, url, sdl }) => ({ name: id, url, sdl }))
    },
    async report(outcomes, signal) {
      await services.json('identity', {
        method: 'POST',
        path: '/internal/plugins/composition',
        json: { results: outcomes },
        identity: identity(),
        signal,
      })
    },
  }
}
