import { EnvironmentError } from '@archivolt/kit/env/read-env'
import { describe, expect, it } from 'vitest'
import { readAiEnv } from './env.ts'
import { openProvider, settingsFrom } from './settings/ai-settings.ts'

const base = { SECRET_KEY: 'x'.repeat(32), AI_DATABASE_URL: 'postgres://localhost/ai' }
const settings = (source: Record<string, string>) => settingsFrom(readAiEnv({ ...base, ...source }))

describe('the environment', () => {
  it('needs nothing for an AI, and then has none', async () => {
    expect(settings({})).toEqual({ provider: 'none', model: '', configured: false, missing: [] })
    const env = readAiEnv(base)
    await expect(openProvider(settingsFrom(env), env).health(new AbortController().signal)).rejects.toMatchObject({
      code: 'ai.not_configured',
    })
  })

  it('names what a chosen provider lacks, without stopping the start', async () => {
    expect(settings({ DEFAULT_AI_PROVIDER: 'openai' })).toMatchObject({
      configured: false,
      missing: ['OPENAI_API_KEY'],
    })
    expect(settings({ DEFAULT_AI_PROVIDER: 'ollama' })).toMatchObject({
      configured: false,
      missing: ['DEFAULT_AI_MODEL'],
    })
    const env = readAiEnv({ ...base, DEFAULT_AI_PROVIDER: 'openai' })
    await expect(openProvider(settingsFrom(env), env).health(new AbortController().signal)).rejects.toMatchObject({
      code: 'ai.not_configured',
      message: expect.stringContaining('OPENAI_API_KEY'),
    })
  })

  it('takes a compatible server without a key', () => {
    const source = { DEFAULT_AI_PROVIDER: 'openai', DEFAULT_AI_MODEL: 'm', OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' }
    expect(settings(source)).toEqual({ provider: 'openai', model: 'm', configured: true, missing: [] })
  })

  it('reports every fault by name, and no value', () => {
    const read = () =>
      readAiEnv({ ...base, DEFAULT_AI_PROVIDER: 'skynet', OPENAI_API_KEY: 'sk-two words', OLLAMA_URL: 'ftp://x' })
    expect(read).toThrow(EnvironmentError)
    expect(read).toThrow(/DEFAULT_AI_PROVIDER[\s\S]*OPENAI_API_KEY[\s\S]*OLLAMA_URL/)
    expect(read).not.toThrow(/sk-two/)
  })
})
