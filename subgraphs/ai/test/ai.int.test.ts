import { randomUUID } from 'node:crypto'
import { PassThrough } from 'node:stream'
import { toGlobalId } from '@archivolt/kit/graph/global-id'
import { NotFoundError } from '@archivolt/kit/errors/domain-error'
import { createGrants } from '@archivolt/kit/identity/grant'
import type { Viewer } from '@archivolt/kit/identity/identity'
import { deriveKey, serviceKeys } from '@archivolt/kit/identity/keys'
import { createSigner } from '@archivolt/kit/identity/sign'
import { createVerifier } from '@archivolt/kit/identity/verify'
import { createLogger } from '@archivolt/kit/log/logger'
import { addSignedRoute } from '@archivolt/kit/server/signed-routes'
import { createSubgraphServer, type SubgraphServer } from '@archivolt/kit/server/subgraph-server'
import { createTestDatabase } from '@archivolt/kit/testing/test-database'
import { buildSchema } from 'graphql'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { buildApp, type AiApp } from '../src/app.ts'
import { readAiEnv } from '../src/env.ts'
import { startOpenAiEmulator, type OpenAiEmulator } from '../src/providers/openai/openai.emulator.ts'

const SECRET = 'a secret of at least thirty-two characters'
const KEY = 'sk-secret-4711'
const TEXT = 'Confidential bill of Ms Example'
const TIMEOUT_MS = 300

const keys = serviceKeys(SECRET)
const grants = createGrants(deriveKey(SECRET, 'entity-grants'))
const person = (role: Viewer['role'] = 'USER'): Viewer => ({
  userId: randomUUID(),
  role,
  groups: [],
  scopes: null,
  sessionId: randomUUID(),
})

let database: Awaited<ReturnType<typeof createTestDatabase>>
let rows: pg.Client
let provider: OpenAiEmulator
let documents: SubgraphServer
let app: AiApp
let url: string
const owners = new Map<string, string>()
let written = ''
const lines = new PassThrough().on('data', (chunk: Buffer) => (written += chunk.toString()))
const log = createLogger('test', { level: 'trace', pretty: false, destination: lines })

/** The documents service, as far as its contract with ai goes: it knows whose a document is. */
function fakeDocuments(): SubgraphServer {
  const manifest = {
    id: 'documents',
    name: 'D',
    version: '1',
    description: '',
    icon: '',
    routes: [],
    access: { allowSuperuser: true, requiredGroups: [] },
  }
  const verify = createVerifier('documents', keys)
  const server = createSubgraphServer({
    manifest,
    verify,
    log,
    schema: buildSchema('type Query { ok: Boolean }'),
    contextFor: (base) => base,
    health: {},
  })
  addSignedRoute(server.http, verify, {
    method: 'GET',
    url: '/internal/documents/:id/text',
    callers: ['ai'],
    handler: async ({ identity, params, query }) => {
      const owner = owners.get(params.id ?? '')
      if (!owner || owner !== identity.viewer?.userId) throw new NotFoundError('It')
      return { title: 'Bill', text: TEXT.slice(0, Number(query.limit)), topics: ['Invoices'] }
    },
  })
  return server
}

const envFor = (more: Record<string, string>) =>
  readAiEnv({
    NODE_ENV: 'test',
    SECRET_KEY: SECRET,
    DATABASE_URL: database.url,
    DATABASE_MIGRATE_URL: database.url,
    SHARED_DATABASE_URL: database.url,
    ...more,
  })

beforeAll(async () => {
  database = await createTestDatabase()
  provider = await startOpenAiEmulator({ key: KEY })
  documents = fakeDocuments()
  url = (await documents.listen({ host: '127.0.0.1', port: 0 })).url
  const env = envFor({
    DEFAULT_AI_PROVIDER: 'openai',
    DEFAULT_AI_MODEL: 'test-model',
    OPENAI_API_KEY: KEY,
    OPENAI_BASE_URL: provider.url,
    DOCUMENTS_URL: url,
  })
  app = await buildApp(env, { log, providerTimeoutMs: TIMEOUT_MS })
  rows = new pg.Client({ connectionString: database.url })
  await rows.connect()
})
afterAll(async () => {
  await app?.close()
  await documents?.close()
  await provider?.close()
  await rows?.end()
  await database?.drop()
})

let me: Viewer
let documentId: string
beforeEach(() => {
  me = person()
  documentId = randomUUID()
  owners.set(documentId, me.userId)
  provider.always({ kind: 'topics', topics: ['Energy', 'invoices'] })
  provider.requests.length = 0
})

async function graphql(query: string, variables: object, viewer: Viewer | null, at: AiApp = app) {
  const body = JSON.stringify({ query, variables })
  const sign = createSigner('gateway', keys)
  const identity = await sign(
    'ai',
    { viewer, requestId: 'r1', client: { ip: '127.0.0.1', userAgent: 'test' } },
    { method: 'POST', path: '/graphql', body },
  )
  const { result } = await at.link.execute({ body, identity })
  return result as { data: any; errors?: { message: string; extensions: { code: string } }[] }
}

const suggest = async (viewer: Viewer | null = me, id = toGlobalId('Document', documentId)) => {
  const { data, errors } = await graphql(
    `
      mutation ($input: SuggestTopicsInput!) {
        suggestTopics(input: $input) {
          __typename
          ... on SuggestTopicsSuccess {
            suggestions {
              id
              topic
              known
              state
              provider
              model
              createdAt
            }
          }
          ... on Error {
            code
            message
          }
          ... on RateLimitedError {
            retryAfterSeconds
          }
        }
      }
    `,
    { input: { documentId: id } },
    viewer,
  )
  return data?.suggestTopics ?? errors
}

const entities = async (representations: object[], viewer: Viewer | null = me) => {
  const { data } = await graphql(
    'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Document { suggestions { topic state } } } }',
    { r: representations.map((each) => ({ __typename: 'Document', ...each })) },
    viewer,
  )
  return data._entities.map((each: { suggestions: { topic: string }[] }) => each.suggestions.map(({ topic }) => topic))
}
const access = (id: string, userId: string) =>
  grants.mint({ subject: `Document:${id}`, userId, level: 'VIEW', facts: {} })

const stored = async () =>
  (await rows.query('SELECT topic FROM suggestions WHERE document_id = $1', [documentId])).rowCount

describe('suggestTopics', () => {
  it('gives suggestions with their provenance', async () => {
    const answer = await suggest()
    expect(answer).toMatchObject({ __typename: 'SuggestTopicsSuccess' })
    expect(answer.suggestions).toEqual([
      {
        id: expect.any(String),
        topic: 'Invoices',
        known: true,
        state: 'PROPOSED',
        provider: 'openai',
        model: 'test-model',
        createdAt: expect.stringMatching(/Z$/),
      },
      expect.objectContaining({ topic: 'Energy', known: false }),
    ])
    expect(JSON.parse(provider.requests[0]!.body!.messages[1]!.content).document).toBe(`Bill\n\n${TEXT}`)
  })

  it("finds no document of another's, none that is not there and none behind a foreign id, and asks no provider", async () => {
    for (const [viewer, id] of [
      [person(), undefined],
      [person('ADMIN'), undefined],
      [me, toGlobalId('Document', randomUUID())],
      [me, toGlobalId('User', documentId)],
      [me, documentId],
    ] as const) {
      expect(await suggest(viewer, id)).toEqual({
        __typename: 'NotFoundError',
        code: 'not_found',
        message: 'The document was not found.',
      })
    }
    expect(provider.requests).toEqual([])
    expect(await stored()).toBe(0)
  })

  it('is for people who are signed in', async () => {
    expect(await suggest(null)).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }])
  })

  it.each([
    ['slow', { kind: 'slow', ms: 60_000 }],
    ['silent in the middle', { kind: 'hang' }],
  ] as const)('gives up on a provider that is %s, and keeps nothing', async (_what, behaviour) => {
    provider.always(behaviour)
    const started = performance.now()
    expect(await suggest()).toMatchObject({
      __typename: 'AiFailedError',
      code: 'ai.timeout',
      message: expect.stringContaining('0.3 s'),
    })
    expect(performance.now() - started).toBeLessThan(TIMEOUT_MS + 1_500)
    expect(await stored()).toBe(0)
  })

  it('says that the provider is gone, while the vault stays healthy', async () => {
    await provider.gone()
    expect(await suggest()).toMatchObject({ __typename: 'AiFailedError', code: 'ai.unreachable' })
    const health = await app.http.inject('/health')
    expect(health.json()).toMatchObject({
      status: 'ok',
      parts: { database: { state: 'ok' }, 'shared state': { state: 'ok' } },
    })
    await provider.back()
    expect(await suggest()).toMatchObject({ __typename: 'SuggestTopicsSuccess' })
  })

  it('keeps away what was rejected', async () => {
    const { suggestions } = await suggest()
    await rows.query(`UPDATE suggestions SET state = 'REJECTED' WHERE document_id = $1 AND topic = 'Energy'`, [
      documentId,
    ])
    const again = await suggest()
    expect(again.suggestions).toEqual([suggestions[0]])
    expect(await entities([{ id: toGlobalId('Document', documentId), access: access(documentId, me.userId) }])).toEqual(
      [['Invoices']],
    )
  })

  it('refuses the twenty-first try of a minute, of that person alone', async () => {
    const answers = await Promise.all(Array.from({ length: 21 }, () => suggest()))
    const refused = answers.filter((answer) => answer.__typename === 'RateLimitedError')
    expect(refused).toEqual([expect.objectContaining({ code: 'rate_limited', retryAfterSeconds: expect.any(Number) })])
    owners.set(documentId, (me = person()).userId)
    expect(await suggest()).toMatchObject({ __typename: 'SuggestTopicsSuccess' })
  })

  it('says so when documents is away', async () => {
    const alone = await buildApp(envFor({ DOCUMENTS_URL: 'http://127.0.0.1:9' }), { log })
    const query =
      'mutation ($id: ID!) { suggestTopics(input: { documentId: $id }) { __typename ... on Error { code } } }'
    const { data } = await graphql(query, { id: toGlobalId('Document', documentId) }, me, alone)
    expect(data.suggestTopics).toEqual({ __typename: 'UnavailableError', code: 'unavailable' })
    await alone.close()
  })
})

describe('Document.suggestions', () => {
  it('shows them to whom documents grants access, and nothing to anyone else', async () => {
    await suggest()
    const id = toGlobalId('Document', documentId)
    const [mine, other] = [access(documentId, me.userId), access(randomUUID(), me.userId)]
    expect(
      await entities([
        { id, access: mine },
        { id: toGlobalId('Document', randomUUID()), access: mine },
        { id, access: other },
        { id, access: 'x.y' },
      ]),
    ).toEqual([['Invoices', 'Energy'], [], [], []])
    expect(await entities([{ id, access: mine }], person('ADMIN'))).toEqual([[]])
    expect(await entities([{ id, access: mine }], null)).toEqual([[]])
  })
})

describe('settings', () => {
  const TEST =
    'mutation { testAiConnection { __typename ... on TestAiConnectionSuccess { provider model latencyMs } ... on Error { code message } } }'

  it('are shown to people without their keys', async () => {
    const query = '{ aiSettings { provider model configured } }'
    expect((await graphql(query, {}, me)).data).toEqual({
      aiSettings: { provider: 'openai', model: 'test-model', configured: true },
    })
    expect((await graphql(query, {}, null)).errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }])
  })

  it('are tested by administrators alone', async () => {
    expect((await graphql(TEST, {}, me)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
    const { data } = await graphql(TEST, {}, person('ADMIN'))
    expect(data.testAiConnection).toEqual({
      __typename: 'TestAiConnectionSuccess',
      provider: 'openai',
      model: 'test-model',
      latencyMs: expect.any(Number),
    })
    await provider.gone()
    expect((await graphql(TEST, {}, person('ADMIN'))).data.testAiConnection).toMatchObject({
      __typename: 'AiFailedError',
      code: 'ai.unreachable',
    })
    await provider.back()
  })

  it('may name no provider at all', async () => {
    const without = await buildApp(envFor({ DOCUMENTS_URL: url }), { log })
    expect((await graphql(TEST, {}, person('ADMIN'), without)).data.testAiConnection).toMatchObject({
      code: 'ai.not_configured',
    })
    await without.close()
  })
})

describe('keys and texts', () => {
  it('appear neither in answers nor in the log, whatever the provider sends back', async () => {
    const wrong = 'sk-wrong-0815'
    const env = envFor({
      DEFAULT_AI_PROVIDER: 'openai',
      DEFAULT_AI_MODEL: 'test-model',
      OPENAI_API_KEY: wrong,
      OPENAI_BASE_URL: provider.url,
      DOCUMENTS_URL: url,
    })
    const refused = await buildApp(env, { log, providerTimeoutMs: TIMEOUT_MS })
    const query =
      'mutation ($id: ID!) { suggestTopics(input: { documentId: $id }) { __typename ... on Error { code message } } }'
    const id = toGlobalId('Document', documentId)
    const answers = [await graphql(query, { id }, me, refused)]
    await refused.close()
    for (const status of [400, 429, 500]) {
      provider.always({ kind: 'status', status })
      answers.push(await graphql(query, { id }, me))
    }
    expect(answers.map(({ data }) => data.suggestTopics.code)).toEqual([
      'ai.refused_key',
      'ai.bad_answer',
      'ai.rate_limited',
      'ai.unreachable',
    ])
    expect(written.match(/the AI provider failed/g)!.length).toBeGreaterThanOrEqual(4)
    expect(JSON.stringify(answers) + written).not.toMatch(/sk-|Confidential|Ms Example/)
  })
})

it('closes at once, though a provider is still to answer', async () => {
  const env = envFor({
    DEFAULT_AI_PROVIDER: 'lmstudio',
    DEFAULT_AI_MODEL: 'test-model',
    LMSTUDIO_URL: (await keyless()).url.replace('/v1', ''),
    DOCUMENTS_URL: url,
  })
  const closing = await buildApp(env, { log })
  const query = 'mutation ($id: ID!) { suggestTopics(input: { documentId: $id }) { __typename ... on Error { code } } }'
  const answer = graphql(query, { id: toGlobalId('Document', documentId) }, me, closing)
  await expect.poll(() => slow?.requests.length).toBe(1)
  const started = performance.now()
  await closing.close()
  expect((await answer).data.suggestTopics).toEqual({ __typename: 'UnavailableError', code: 'unavailable' })
  expect(performance.now() - started).toBeLessThan(2_000)
  await slow?.close()
})

let slow: OpenAiEmulator | undefined
async function keyless(): Promise<OpenAiEmulator> {
  slow = await startOpenAiEmulator()
  slow.always({ kind: 'slow', ms: 60_000 })
  return slow
}
