import { fileURLToPath } from 'node:url'
import { prismaAdapter } from '@archivolt/kit/database/adapter'
import { migrate } from '@archivolt/kit/database/migrate'
import { NotFoundError, UnavailableError } from '@archivolt/kit/errors/domain-error'
import { toGlobalId } from '@archivolt/kit/graph/global-id'
import { createLogger } from '@archivolt/kit/log/logger'
import { createTestDatabase } from '@archivolt/kit/testing/test-database'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { PrismaClient } from '../../../prisma/client/client.ts'
import type { Caller } from '../../documents/document-text.ts'
import { aiFailures } from '../../providers/provider.errors.ts'
import type { AiProvider } from '../../providers/provider.ts'
import { tidyTopics } from '../../providers/tidy-topics.ts'
import { suggestionsLoader } from '../find-suggestions.ts'
import { MAX_OPEN } from '../suggestion.ts'
import { suggestTopics } from './suggest-topics.ts'

const log = createLogger('test', { level: 'silent', pretty: false })
const viewer = { userId: randomUUID(), role: 'USER' as const, groups: [], scopes: null, sessionId: randomUUID() }
const caller: Caller = { viewer, requestId: 'r1', client: { ip: '127.0.0.1', userAgent: 'test' } }

let database: Awaited<ReturnType<typeof createTestDatabase>>
let db: PrismaClient
let queries = 0
beforeAll(async () => {
  database = await createTestDatabase()
  await migrate({
    url: database.url,
    folder: fileURLToPath(new URL('../../../prisma/migrations', import.meta.url)),
    log,
  })
  const logged = new PrismaClient({
    adapter: prismaAdapter('ai', database.url),
    log: [{ emit: 'event', level: 'query' }],
  })
  logged.$on('query', () => void queries++)
  db = logged
})
afterAll(async () => {
  await db?.$disconnect()
  await database?.drop()
})

let documentId: string
let answer: string[]
let asked: { text: string; known: readonly string[] }[]
beforeEach(() => {
  documentId = randomUUID()
  answer = ['Invoices', 'Energy']
  asked = []
})

const provider: AiProvider = {
  name: 'fake',
  model: 'm1',
  suggestTopics: async (text, known) => {
    asked.push({ text, known })
    return tidyTopics(answer, known)
  },
  health: async () => {},
}
const deps = (): Parameters<typeof suggestTopics>[0] => ({
  db,
  log,
  provider,
  signal: new AbortController().signal,
  limitSuggestions: async () => {},
  documentText: async () => ({ title: 'Bill', text: 'kWh', topics: ['Invoices', 'Health'] }),
})
const suggest = (over: Partial<ReturnType<typeof deps>> = {}, id = documentId) =>
  suggestTopics({ ...deps(), ...over })(toGlobalId('Document', id), caller)
const rows = () => db.suggestion.findMany({ where: { documentId }, orderBy: { topic: 'asc' } })

describe('suggesting topics', () => {
  it('asks with title and text, and keeps the answer with where it came from', async () => {
    expect(await suggest()).toMatchObject([
      { documentId, topic: 'Invoices', known: true, state: 'PROPOSED', provider: 'fake', model: 'm1' },
      { documentId, topic: 'Energy', known: false, state: 'PROPOSED', provider: 'fake', model: 'm1' },
    ])
    expect(asked).toEqual([{ text: 'Bill\n\nkWh', known: ['Invoices', 'Health'] }])
    expect(await rows()).toHaveLength(2)
  })

  it('adds to earlier suggestions, and says who proposed one last', async () => {
    const first = await suggest()
    answer = ['energy', 'Taxes']
    const second = await suggest({ provider: { ...provider, model: 'm2' } })
    expect(second.map(({ id, topic, model }) => [id, topic, model])).toEqual([
      [first[0]!.id, 'Invoices', 'm1'],
      [first[1]!.id, 'energy', 'm2'],
      [expect.any(String), 'Taxes', 'm2'],
    ])
  })

  it('does not propose again what was rejected, in whatever case, and leaves what was accepted', async () => {
    const [invoices, energy] = await suggest()
    await db.suggestion.update({ where: { id: invoices!.id }, data: { state: 'ACCEPTED' } })
    await db.suggestion.update({ where: { id: energy!.id }, data: { state: 'REJECTED' } })
    answer = ['ENERGY', 'invoices', 'Water']
    const again = await suggest({ provider: { ...provider, model: 'm2' } })
    expect(again.map(({ topic, state, model }) => [topic, state, model])).toEqual([
      ['Invoices', 'ACCEPTED', 'm1'],
      ['Water', 'PROPOSED', 'm2'],
    ])
    expect((await rows()).map(({ topic, state }) => [topic, state])).toEqual([
      ['Energy', 'REJECTED'],
      ['Invoices', 'ACCEPTED'],
      ['Water', 'PROPOSED'],
    ])
  })

  it('keeps each topic once when asked many times at once', async () => {
    const spellings = ['Energy', 'ENERGY', 'energy', 'eNERGY', 'Energy', 'enerGY']
    await Promise.all(
      spellings.map((topic) =>
        suggest({ provider: { ...provider, suggestTopics: async () => [{ topic, known: false }] } }),
      ),
    )
    expect(await rows()).toHaveLength(1)
  })

  it('adds no more to a document that has many open', async () => {
    for (let n = 0; n < 5; n++) {
      answer = Array.from({ length: 8 }, (_, i) => `Topic ${n}-${i}`)
      await suggest()
    }
    expect(await rows()).toHaveLength(MAX_OPEN)
  })

  it.each(['', 'x', toGlobalId('User', randomUUID()), toGlobalId('Document', 'nothing'), 'RG9jdW1lbnQ6'])(
    'takes %j for no document, and asks nobody',
    async (id) => {
      const untouched = async () => expect.fail('nobody should be asked')
      await expect(
        suggestTopics({ ...deps(), documentText: untouched, limitSuggestions: untouched })(id, caller),
      ).rejects.toBeInstanceOf(NotFoundError)
    },
  )

  it.each([
    [
      'the document is not theirs',
      { documentText: () => Promise.reject(new NotFoundError('The document')) },
      NotFoundError,
    ],
    [
      'documents is away',
      { documentText: () => Promise.reject(new UnavailableError('The documents service')) },
      UnavailableError,
    ],
  ])('asks no provider when %s', async (_what, over, kind) => {
    await expect(suggest(over)).rejects.toBeInstanceOf(kind)
    expect(asked).toEqual([])
    expect(await rows()).toEqual([])
  })

  it('keeps nothing when the provider fails', async () => {
    const failing = { ...provider, suggestTopics: () => Promise.reject(aiFailures.badAnswer(provider)) }
    await expect(suggest({ provider: failing })).rejects.toMatchObject({ code: 'ai.bad_answer' })
    expect(await rows()).toEqual([])
  })
})

describe('the suggestions of a page of documents', () => {
  it.each([1, 100])('cost one query for %i', async (count) => {
    const ids = Array.from({ length: count }, () => randomUUID())
    await db.suggestion.createMany({
      data: ids.map((id) => ({ documentId: id, topic: 'A', known: false, provider: 'fake', model: 'm1' })),
    })
    queries = 0
    const loader = suggestionsLoader(db)
    const found = await Promise.all([...ids, documentId].map((id) => loader.load(id)))
    expect(found.map((each) => each?.suggestions.length)).toEqual([...ids.map(() => 1), 0])
    expect(queries).toBe(1)
  })
})
