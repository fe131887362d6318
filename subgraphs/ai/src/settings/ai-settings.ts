import type { AiEnv } from '../env.ts'
import { createNoProvider } from '../providers/none.provider.ts'
import { createOpenAiProvider } from '../providers/openai/openai.provider.ts'
import type { AiProvider } from '../providers/provider.ts'

/** Which provider this vault asks. Keys are no part of it. */
export interface AiSettings {
  provider: 'none' | 'openai' | 'ollama' | 'lmstudio'
  model: string
  /** Whether everything is set that the provider needs; not whether it answers. */
  configured: boolean
  /** The variables that are still to be set. */
  missing: readonly string[]
}

/** Small, cheap, and answers by a schema. The models of the other providers are whatever their owner installed. */
const OPENAI_MODEL = 'gpt-4o-mini'

/** The settings of the environment. */
export function settingsFrom(env: AiEnv): AiSettings {
  const provider = env.DEFAULT_AI_PROVIDER
  if (provider === 'none') return { provider, model: '', configured: false, missing: [] }
  const model = env.DEFAULT_AI_MODEL ?? (provider === 'openai' && !env.OPENAI_BASE_URL ? OPENAI_MODEL : '')
  // A compatible server at an own address may well do without a key.
  const needsKey = provider === 'openai' && !env.OPENAI_BASE_URL
  const missing = [
    ...(needsKey && !env.OPENAI_API_KEY ? ['OPENAI_API_KEY'] : []),
    ...(model ? [] : ['DEFAULT_AI_MODEL']),
  ]
  return { provider, model, configured: missing.length === 0, missing }
}

/** The provider that the settings name. Opening it asks nobody anything. */
export function openProvider(settings: AiSettings, env: AiEnv, timeoutMs?: number): AiProvider {
  const { provider: name, model } = settings
  if (name === 'none' || !settings.configured) return createNoProvider({ name, model, missing: settings.missing })
  const common = { name, model, timeoutMs }
  if (name === 'ollama') return createOpenAiProvider({ ...common, baseUrl: withVersion(env.OLLAMA_URL) })
  if (name === 'lmstudio') return createOpenAiProvider({ ...common, baseUrl: withVersion(env.LMSTUDIO_URL) })
  return createOpenAiProvider({ ...common, baseUrl: env.OPENAI_BASE_URL, apiKey: env.OPENAI_API_KEY })
}

/** Their OpenAI-compatible side is below `/v1`, which people give or leave out. */
function withVersion(url: string): string {
  const trimmed = url.replace(/\/+$/, '')
  return trimmed.endsWith('/v1') ? trimmed : `${trimmed}/v1`
}
