import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AiFailedError } from '../provider.errors.ts'
import { startOpenAiEmulator, type Behaviour, type OpenAiEmulator } from './openai.emulator.ts'
import { createOpenAiProvider } from './openai.provider.ts'

const KEY = 'sk-secret-4711'
const TEXT = 'Confidential: invoice 77 of Ms Example'
const forever = new AbortController().signal

let server: OpenAiEmulator
beforeEach(async () => {
  server = await startOpenAiEmulator({ key: KEY, models: ['test-model', 'llama3:latest'] })
})
afterEach(() => server.close())

const provider = (options: { apiKey?: string; model?: string; timeoutMs?: number; baseUrl?: string } = {}) =>
  createOpenAiProvider({
    name: 'openai',
    model: 'test-model',
    baseUrl: server.url,
    apiKey: KEY,
    timeoutMs: 5_000,
    ...options,
  })
const suggest = (known: string[] = [], options = {}) => provider(options).suggestTopics(TEXT, known, forever)

/** The failure of a call, after checking that nothing in it, down to its causes, tells a key or the text. */
async function failure(call: Promise<unknown>): Promise<AiFailedError> {
  const error = await call.then(
    () => expect.fail('it should have failed'),
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(AiFailedError)
  expect(inspect(error, { depth: 20, showHidden: true })).not.toMatch(/sk-|Confidential|invoice 77/)
  return error as AiFailedError
}

describe('topics', () => {
  it('asks with the key, the schema, a bounded answer and the topics in use', async () => {
    server.next({ kind: 'topics', topics: ['taxes', 'Invoices 2025'] })
    expect(await suggest(['Taxes', 'Health'])).toEqual([
      { topic: 'Taxes', known: true },
      { topic: 'Invoices 2025', known: false },
    ])
    const { key, body } = server.requests[0]!
    expect(key).toBe(KEY)
    expect(body).toMatchObject({
      model: 'test-model',
      max_tokens: 2000,
      response_format: { json_schema: { schema: { properties: { topics: { maxItems: 8 } } } } },
    })
    expect(JSON.parse(body!.messages[1]!.content)).toEqual({ topics_in_use: ['Taxes', 'Health'], document: TEXT })
  })

  it('sends the first 8,000 characters of a text, and never half of one', async () => {
    await provider().suggestTopics(`${'x'.repeat(7_999)}🧾 the rest`, [], forever)
    const { document } = JSON.parse(server.requests[0]!.body!.messages[1]!.content) as { document: string }
    expect(document).toBe(`${'x'.repeat(7_999)}\ufffd`)
  })

  it('asks in words alone where a server has no schemas, and remembers it', async () => {
    server.refuseSchemas(true)
    const asked = provider()
    await asked.suggestTopics(TEXT, [], forever)
    expect(await asked.suggestTopics(TEXT, [], forever)).toEqual([{ topic: 'Correspondence', known: false }])
    expect(server.requests.map(({ body }) => 'response_format' in body!)).toEqual([true, false, false])
  })

  it('keeps asking by the schema when a server refuses the rest, repeating the request', async () => {
    const asked = provider()
    server.next({ kind: 'status', status: 400 }, { kind: 'status', status: 400 })
    expect((await failure(asked.suggestTopics(TEXT, [], forever))).code).toBe('ai.bad_answer')
    await asked.suggestTopics(TEXT, [], forever)
    expect(server.requests.map(({ body }) => 'response_format' in body!)).toEqual([true, false, true])
  })

  it.each<[string, Behaviour]>([
    ['fenced JSON', { kind: 'content', content: '```json\n{"topics": ["Taxes"]}\n```' }],
    ['a bare list', { kind: 'content', content: '["Taxes"]' }],
    ['JSON within prose', { kind: 'content', content: 'Of course! {"topics": ["Taxes"]} Good luck.' }],
  ])('reads %s', async (_what, behaviour) => {
    server.next(behaviour)
    expect(await suggest()).toEqual([{ topic: 'Taxes', known: false }])
  })

  it('takes eight of too many', async () => {
    server.next({
      kind: 'content',
      content: JSON.stringify({ topics: Array.from({ length: 500 }, (_, n) => `Topic ${n}`) }),
    })
    expect(await suggest()).toHaveLength(8)
  })

  it('may be none', async () => {
    server.next({ kind: 'topics', topics: [] })
    expect(await suggest()).toEqual([])
  })
})

describe('failures', () => {
  it.each<[string, Behaviour]>([
    ['prose', { kind: 'content', content: `I think ${TEXT} is about sk-nothing.` }],
    ['nothing', { kind: 'content', content: null }],
    ['topics that are sentences', { kind: 'topics', topics: ['word '.repeat(40)] }],
    ['another body', { kind: 'body', body: '{"hello":"world"}' }],
    ['broken JSON', { kind: 'body', body: `{"Confidential": "invoice 77` }],
    ['a page', { kind: 'body', body: '<html>Confidential</html>', contentType: 'text/html' }],
    ['a body without end', { kind: 'endless' }],
    ['a refused request', { kind: 'status', status: 400, body: { error: { message: `Confidential: cannot chat` } } }],
  ])('%s is a bad answer', async (_what, behaviour) => {
    server.always(behaviour)
    expect((await failure(suggest())).code).toBe('ai.bad_answer')
    expect(server.requests).toHaveLength(1)
  })

  it('a refused key says so, without the key that the server repeats', async () => {
    const error = await failure(suggest([], { apiKey: 'sk-wrong' }))
    expect(error).toMatchObject({ code: 'ai.refused_key', message: expect.stringContaining('administrator') })
    expect(server.requests).toHaveLength(1)
  })

  it('an unknown model is named', async () => {
    expect(await failure(suggest([], { model: 'gpt-99' }))).toMatchObject({
      code: 'ai.unknown_model',
      message: expect.stringContaining('gpt-99'),
    })
  })

  it('too many requests say when to come back, and are not repeated', async () => {
    server.always({ kind: 'status', status: 429, headers: { 'retry-after': '17' } })
    expect(await failure(suggest())).toMatchObject({
      code: 'ai.rate_limited',
      message: expect.stringContaining('in 17 s'),
    })
    expect(server.requests).toHaveLength(1)
  })

  it('an account without credit is told from a busy one', async () => {
    server.always({
      kind: 'status',
      status: 429,
      body: { error: { message: 'You exceeded your quota', code: 'insufficient_quota' } },
    })
    expect(await failure(suggest())).toMatchObject({
      code: 'ai.rate_limited',
      message: expect.stringContaining('plan'),
    })
  })

  it('a fault of the server is not repeated', async () => {
    server.always({ kind: 'status', status: 500 })
    expect((await failure(suggest())).code).toBe('ai.unreachable')
    expect(server.requests).toHaveLength(1)
  })

  it('a cut connection is tried once more', async () => {
    server.next({ kind: 'cut' })
    expect(await suggest()).toHaveLength(1)
    server.always({ kind: 'cut' })
    expect((await failure(suggest())).code).toBe('ai.unreachable')
    expect(server.requests).toHaveLength(4)
  })

  it('an answer cut in the middle is unreachable', async () => {
    server.always({ kind: 'cut', within: true })
    expect((await failure(suggest())).code).toBe('ai.unreachable')
  })

  it('a server that is gone is unreachable, and found again when it is back', async () => {
    const asked = provider()
    await server.gone()
    expect((await failure(asked.suggestTopics(TEXT, [], forever))).code).toBe('ai.unreachable')
    await server.back()
    expect(await asked.suggestTopics(TEXT, [], forever)).toHaveLength(1)
  })

  it('a redirect is not followed', async () => {
    const other = await startOpenAiEmulator()
    server.always({ kind: 'status', status: 307, headers: { location: `${other.url}/chat/completions` } })
    expect((await failure(suggest())).code).toBe('ai.unreachable')
    expect(other.requests).toEqual([])
    await other.close()
  })

  it.each<[string, Behaviour]>([
    ['slow', { kind: 'slow', ms: 60_000 }],
    ['silent in the middle of its answer', { kind: 'hang' }],
  ])('a server that is %s is given up on in time', async (_what, behaviour) => {
    server.always(behaviour)
    const started = performance.now()
    expect(await failure(suggest([], { timeoutMs: 150 }))).toMatchObject({
      code: 'ai.timeout',
      message: expect.stringContaining('0.15 s'),
    })
    expect(performance.now() - started).toBeLessThan(1_500)
    expect(server.requests).toHaveLength(1)
  })

  it.each<[string, Behaviour]>([
    ['before', { kind: 'slow', ms: 60_000 }],
    ['within', { kind: 'hang' }],
  ])('an abort %s the answer rejects at once, with its reason', async (_what, behaviour) => {
    server.always(behaviour)
    const abort = new AbortController()
    const call = provider().suggestTopics(TEXT, [], abort.signal)
    await vi.waitFor(() => expect(server.requests).toHaveLength(1))
    const reason = new Error('closing')
    abort.abort(reason)
    await expect(call).rejects.toBe(reason)
  })
})

describe('health', () => {
  it('sends no text', async () => {
    await provider().health(forever)
    expect(server.requests).toEqual([{ method: 'GET', path: '/v1/models', key: KEY, body: null }])
  })

  it('takes a model by its name without a tag', () => provider({ model: 'llama3' }).health(forever))

  it('tells a wrong key, a missing model and a dead server apart', async () => {
    expect((await failure(provider({ apiKey: 'sk-wrong' }).health(forever))).code).toBe('ai.refused_key')
    expect((await failure(provider({ model: 'gpt-99' }).health(forever))).code).toBe('ai.unknown_model')
    await server.gone()
    expect((await failure(provider().health(forever))).code).toBe('ai.unreachable')
  })
})
