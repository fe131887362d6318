import OpenAI from 'openai'
import { z } from 'zod'
import { type AiProvider, PROVIDER_TIMEOUT_MS } from '../provider.ts'
import { aiFailures } from '../provider.errors.ts'
import { tidyTopics } from '../tidy-topics.ts'
import { boundedFetch } from './bounded-fetch.ts'
import { isConnectionError, refusesSchema, toAiFailure } from './openai.errors.ts'
import { messagesFor, RESPONSE_FORMAT } from './prompt.ts'
import { readTopics } from './read-answer.ts'

export interface OpenAiOptions {
  /** What the provider is called here: `openai`, `ollama`, `lmstudio`. */
  name: string
  model: string
  /** Any address that speaks OpenAI's protocol, with its `/v1`; OpenAI itself without it. */
  baseUrl?: string
  /** Servers at home do without. */
  apiKey?: string
  /** @default 20,000 */
  timeoutMs?: number
}

const OPENAI_URL = 'https://api.openai.com/v1'

/** Eight topics need some 300 tokens; the rest is for models that think before they answer. */
const MAX_ANSWER_TOKENS = 2_000

const completion = z.object({ choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1) })
const modelList = z.object({ data: z.array(z.object({ id: z.string() })) })

/** A provider behind OpenAI's chat completions: OpenAI, Ollama, LM Studio, and whatever else speaks like them. */
export function createOpenAiProvider(options: OpenAiOptions): AiProvider {
  const { name, model, baseUrl = OPENAI_URL, timeoutMs = PROVIDER_TIMEOUT_MS } = options
  const by = { name, model }
  const client = new OpenAI({
    baseURL: baseUrl,
    // The SDK insists on a key, and would otherwise look for this and the others in the environment.
    apiKey: options.apiKey ?? 'none',
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    fetch: boundedFetch,
    timeout: timeoutMs,
    // Its own retries would repeat refused and paid requests too.
    maxRetries: 0,
    // At its level "debug" it logs the text of requests.
    logLevel: 'off',
  })
  // OpenAI's newer models refuse the old name, servers of others do not know the new one.
  const limit =
    baseUrl === OPENAI_URL ? { max_completion_tokens: MAX_ANSWER_TOKENS } : { max_tokens: MAX_ANSWER_TOKENS }
  /** Until the server has shown that it answers only without one. */
  let schema = true

  /** Runs a call within the time limit, a second time when the connection failed, with errors made ours. */
  const within = async <T>(signal: AbortSignal, call: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const deadline = AbortSignal.timeout(timeoutMs)
    const either = AbortSignal.any([signal, deadline])
    try {
      return await call(either).catch((error: unknown) => {
        if (!isConnectionError(error) || either.aborted) throw error
        return call(either)
      })
    } catch (error) {
      signal.throwIfAborted()
      throw toAiFailure(error, by, { ms: timeoutMs, signal: deadline })
    }
  }

  const complete = (
    messages: OpenAI.ChatCompletionMessageParam[],
    withSchema: boolean,
    signal: AbortSignal,
  ): Promise<unknown> =>
    client.chat.completions.create(
      { model, messages, ...limit, ...(withSchema && { response_format: RESPONSE_FORMAT }) },
      { signal },
    )

  /** Where a server has no schemas, the instructions ask for the same form in words. */
  const completeSomehow = async (
    messages: OpenAI.ChatCompletionMessageParam[],
    signal: AbortSignal,
  ): Promise<unknown> => {
    try {
      return await complete(messages, schema, signal)
    } catch (error) {
      if (!schema || !refusesSchema(error)) throw error
      const reply = await complete(messages, false, signal)
      schema = false
      return reply
    }
  }

  return {
    name,
    model,
    suggestTopics: (text, known, signal) =>
      within(signal, async (either) => {
        const reply = await completeSomehow(messagesFor(text, known), either)
        const raw = readTopics(completion.parse(reply).choices[0]?.message.content ?? '')
        if (!raw) throw aiFailures.badAnswer(by)
        const topics = tidyTopics(raw, known)
        if (raw.length > 0 && topics.length === 0) throw aiFailures.badAnswer(by)
        return topics
      }),
    health: (signal) =>
      within(signal, async (either) => {
        const { data } = modelList.parse(await client.models.list({ signal: either }))
        // Ollama lists its models with their tag, and takes them without it.
        const there = data.some(({ id }) => id === model || id === `${model}:latest`)
        if (!there) throw aiFailures.unknownModel(by)
      }),
  }
}
