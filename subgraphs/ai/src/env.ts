import { commonEnv, databaseEnv, perService, serviceUrls } from '@archivolt/kit/env/common'
import { readEnv } from '@archivolt/kit/env/read-env'
import { z } from 'zod'

const address = z.url({ protocol: /^https?$/, error: 'must be an http or https address' })

const shape = {
  ...commonEnv,
  ...databaseEnv,
  ...serviceUrls,
  PORT: z.coerce.number().int().min(0).max(65535).default(4004),
  /** Who is asked for suggestions; nobody without it. */
  DEFAULT_AI_PROVIDER: z.enum(['none', 'openai', 'ollama', 'lmstudio']).default('none'),
  DEFAULT_AI_MODEL: z.string().trim().min(1).max(200).optional(),
  /** It travels in a header, which carries visible ASCII alone. */
  OPENAI_API_KEY: z
    .string()
    .trim()
    .regex(/^[\x21-\x7e]+$/, 'must be one word of visible ASCII characters')
    .optional(),
  /** Any OpenAI-compatible address, with its `/v1`; OpenAI itself without it. */
  OPENAI_BASE_URL: address.optional(),
  OLLAMA_URL: address.default('http://127.0.0.1:11434'),
  LMSTUDIO_URL: address.default('http://127.0.0.1:1234'),
}

export type AiEnv = ReturnType<typeof readAiEnv>

/** @throws EnvironmentError naming every faulty variable */
export function readAiEnv(source: Record<string, string | undefined>) {
  return readEnv(shape, perService('ai', source))
}
