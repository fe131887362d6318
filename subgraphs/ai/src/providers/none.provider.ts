import type { AiProvider } from './provider.ts'
import { aiFailures } from './provider.errors.ts'

/** Stands where no provider is set up, or one lacks the settings that `missing` names: every call says so. */
export function createNoProvider(at: { name: string; model: string; missing: readonly string[] }): AiProvider {
  const refuse = () => Promise.reject(aiFailures.notConfigured(at.missing))
  return { name: at.name, model: at.model, suggestTopics: refuse, health: refuse }
}
