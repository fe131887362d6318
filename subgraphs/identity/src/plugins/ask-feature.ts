import { randomUUID } from 'node:crypto'
import { IDENTITY_HEADER, type Identity } from '@archivolt/kit/identity/identity'
import type { SignIdentity } from '@archivolt/kit/identity/sign'
import { manifestSchema, type Manifest } from '@archivolt/kit/server/manifest'
import { z } from 'zod'
import type { FetchJson } from './fetch-json.ts'
import { FeatureFailedError } from './plugin.errors.ts'

/** What a feature says of how it is. */
export interface FeatureHealth {
  state: 'OK' | 'DEGRADED'
  reason: string | null
}

/** Settings as a feature has them, and what they may be. */
export interface FeatureSettings {
  /** JSON Schema of `values`. */
  schema: Record<string, unknown>
  values: Record<string, unknown>
}

export type Caller = Omit<Identity, 'caller'>

/** The contract of a feature, asked for at its address. Everything is bounded in time and size. */
export interface AskFeature {
  /** @throws FeatureFailedError */
  manifest(url: string, signal: AbortSignal): Promise<Manifest>
  /** @throws FeatureFailedError */
  health(url: string, signal: AbortSignal): Promise<FeatureHealth>
  /** The schema of its subgraph. @throws FeatureFailedError */
  sdl(feature: { id: string; url: string }, signal: AbortSignal): Promise<string>
  /** @throws FeatureFailedError */
  settings(feature: { id: string; url: string }, caller: Caller): Promise<FeatureSettings>
  /** Sends a JSON merge patch (RFC 7396); the settings as they are then. @throws FeatureFailedError */
  changeSettings(feature: { id: string; url: string }, patch: unknown, caller: Caller): Promise<FeatureSettings>
}

const KIB = 1024
const MAX = { manifest: 64 * KIB, health: 64 * KIB, settings: 256 * KIB, sdl: 512 * KIB }
const SETTINGS_WITHIN_MS = 5000
const MAX_REASON = 500

const healthSchema = z.object({
  status: z.enum(['ok', 'degraded']),
  parts: z.record(z.string(), z.object({ state: z.string(), message: z.string().optional() })).default({}),
})
const settingsSchema = z.object({
  schema: z.record(z.string(), z.unknown()),
  values: z.record(z.string(), z.unknown()),
})
const sdlSchema = z.object({ data: z.object({ _service: z.object({ sdl: z.string().min(1) }) }) })

const VAULT: Caller = { viewer: null, requestId: 'registry', client: { ip: '', userAgent: 'archivolt' } }
const SDL_QUERY = JSON.stringify({ query: 'query { _service { sdl } }' })

export function askFeature({ fetchJson, sign }: { fetchJson: FetchJson; sign: SignIdentity }): AskFeature {
  const signed = async (id: string, method: 'GET' | 'POST' | 'PATCH', path: string, body: string, caller: Caller) => ({
    'content-type': 'application/json',
    [IDENTITY_HEADER]: await sign(
      id,
      { ...caller, requestId: caller.requestId || randomUUID() },
      { method, path, body },
    ),
  })
  const settings = async (
    { id, url }: { id: string; url: string },
    method: 'GET' | 'PATCH',
    body: string,
    caller: Caller,
  ): Promise<FeatureSettings> => {
    const answer = await fetchJson({
      method,
      url: `${url}/plugin/settings`,
      headers: await signed(id, method, '/plugin/settings', body, caller),
      ...(body && { body }),
      maxBytes: MAX.settings,
      signal: AbortSignal.timeout(SETTINGS_WITHIN_MS),
    })
    return agreed(settingsSchema, answer, 'settings')
  }

  return {
    async manifest(url, signal) {
      const answer = await fetchJson({ method: 'GET', url: `${url}/plugin/manifest`, maxBytes: MAX.manifest, signal })
      return agreed(manifestSchema, answer, 'manifest')
    },
    async health(url, signal) {
      const answer = await fetchJson({ method: 'GET', url: `${url}/health`, maxBytes: MAX.health, signal })
      const { status, parts } = agreed(healthSchema, answer, 'health')
      const sick = Object.entries(parts).filter(([, part]) => part.state !== 'ok')
      const reason = sick.map(([name, part]) => `${name}: ${part.message ?? part.state}`).join('; ')
      return { state: status === 'ok' ? 'OK' : 'DEGRADED', reason: reason.slice(0, MAX_REASON) || null }
    },
    async sdl({ id, url }, signal) {
      const answer = await fetchJson({
        method: 'POST',
        url: `${url}/graphql`,
        headers: await signed(id, 'POST', '/graphql', SDL_QUERY, VAULT),
        body: SDL_QUERY,
        // JSON escapes the line breaks and quotes of the schema.
        maxBytes: 2 * MAX.sdl,
        signal,
      })
      const { sdl } = agreed(sdlSchema, answer, 'answer to { _service { sdl } }').data._service
      if (sdl.length > MAX.sdl) throw new FeatureFailedError(`has a schema of more than ${MAX.sdl / KIB} KiB`)
      return sdl
    },
    settings: (feature, caller) => settings(feature, 'GET', '', caller),
    changeSettings: (feature, patch, caller) => settings(feature, 'PATCH', JSON.stringify(patch), caller),
  }
}

/** @throws FeatureFailedError naming what does not fit */
function agreed<T>(schema: z.ZodType<T>, answer: unknown, what: string): T {
  const parsed = schema.safeParse(answer)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues
    .slice(0, 5)
    .map(({ path, message }) => `${path.length ? `${path.join('.')}: ` : ''}${message}`)
    .join('; ')
  throw new FeatureFailedError(`gives a ${what} that is not as agreed (${faults})`.slice(0, MAX_REASON))
}
