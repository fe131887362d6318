import { randomUUID } from 'node:crypto'
import { buildSubgraphSchema } from '@apollo/subgraph'
import { parse } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serviceKeys } from '@archivolt/kit/identity/keys'
import { createVerifier } from '@archivolt/kit/identity/verify'
import { createLogger } from '@archivolt/kit/log/logger'
import { createSubgraphServer } from '@archivolt/kit/server/subgraph-server'
import type { NamedSdl } from '../src/plugin-graph/compose.ts'
import { Events } from './support/graph.ts'
import { SECRET_KEY, startGateway, until, type Started } from './support/start.ts'
import { USER_ID } from './support/tokens.ts'

const SDL = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
  type Note { text: String! by: ID }
  type Document @key(fields: "id") { id: ID! notes: [Note!]! }
  type Query { myNotes: [Note!]! large: String! }
  type Subscription { noted: Note! }`
const NOTED = 'subscription { noted { text } }'

const log = createLogger('test', { level: 'silent', pretty: false })

/** A feature with a subgraph of its own, behind its own port. */
async function startNotes() {
  const noted = new Events<{ noted: { text: string } }>()
  const server = createSubgraphServer({
    manifest: {
      ...{ id: 'notes', name: 'Notes', version: '1', description: '', icon: 'file', routes: [] },
      access: { allowSuperuser: true, requiredGroups: [] },
    },
    schema: buildSubgraphSchema({
      typeDefs: parse(SDL),
      resolvers: {
        Query: {
          myNotes: (_p: unknown, _a: unknown, { viewer }: any) => [{ text: 'mine', by: viewer?.userId }],
          large: () => 'x'.repeat(10 * 1024 * 1024),
        },
        Document: {
          __resolveReference: ({ id }: { id: string }) => ({ id }),
          notes: ({ id }: { id: string }) => [{ text: `on ${id}` }],
        },
        Subscription: { noted: { subscribe: () => noted.listen() } },
      } as never,
    }),
    verify: createVerifier('notes', serviceKeys(SECRET_KEY)),
    contextFor: (base) => base,
    health: {},
    log,
  })
  const { url } = await server.listen({ host: '127.0.0.1', port: 0 })
  return { server, url, noted }
}

describe('features', () => {
  let gateway: Started
  let notes: Awaited<ReturnType<typeof startNotes>>
  let wanted: NamedSdl[] = []
  const reported = new Map<string, string | null>()
  beforeAll(async () => {
    notes = await startNotes()
    gateway = await startGateway({
      overrides: {
        pluginSource: {
          wanted: async () => wanted,
          report: async (outcomes) => outcomes.forEach(({ id, error }) => reported.set(id, error)),
        },
      },
    })
  })
  afterAll(async () => {
    await gateway.close()
    await notes.server.close()
  })

  const bearer = async (sub = USER_ID) => `Bearer ${await gateway.issuer.token({ sub })}`
  const ask = async (query: string, sub?: string) =>
    gateway.query(query, undefined, { authorization: await bearer(sub) })
  /** Tells the gateway what there is, and waits until it has done what it does with it. */
  const have = async (...features: NamedSdl[]) => {
    wanted = features
    reported.clear()
    gateway.shared.tellFeatures()
    await until(() => features.every(({ name }) => reported.has(name)), 20_000)
  }
  const allow = (userId: string, apps: string[]) => gateway.shared.revoke(gateway.people.change(userId, { apps }))
  const feature = (sdl = SDL): NamedSdl => ({ name: 'notes', url: notes.url, sdl })

  it('are in the running graph without a restart, for whoever may use them', async () => {
    expect((await ask('{ myNotes { text } }')).status).toBe(400)
    await have(feature())
    expect(reported.get('notes')).toBeNull()
    allow(USER_ID, ['notes'])
    const { data, errors } = await ask('{ myNotes { text by } documents { title notes { text } } }')
    expect(errors).toBeUndefined()
    expect(data).toEqual({
      myNotes: [{ text: 'mine', by: USER_ID }],
      documents: [
        { title: 'title d1', notes: [{ text: 'on d1' }] },
        { title: 'title d2', notes: [{ text: 'on d2' }] },
      ],
    })
  })

  it('are refused to everybody else, by every way, without harm to the rest', async () => {
    const stranger = randomUUID()
    for (const query of ['{ myNotes { text } }', '{ document(id: "d1") { notes { text } } }']) {
      const { errors } = await ask(query, stranger)
      expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
    }
    const { errors } = await gateway.query('{ myNotes { text } }')
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }])
    const { subscribe } = gateway.connect({ authorization: await bearer(stranger) })
    await expect(subscribe(NOTED).next()).rejects.toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
    expect((await ask('{ documents { title } }', stranger)).data.documents).toHaveLength(2)
    allow(stranger, ['notes'])
    expect((await ask('{ myNotes { text } }', stranger)).data.myNotes).toHaveLength(1)
    allow(stranger, [])
    expect((await ask('{ myNotes { text } }', stranger)).errors).toBeDefined()
  })

  it.each([
    ['a schema that is none', 'type Query {'],
    ['a type that is missing', 'type Query { x: Missing }'],
    ['what is the vault’s own', 'type Query { me: String }'],
  ])('stay as they ran when their next version has %s', async (_what, sdl) => {
    await have(feature(sdl))
    expect(reported.get('notes')).toEqual(expect.any(String))
    expect((await ask('{ myNotes { text } }')).data.myNotes).toHaveLength(1)
    expect((await ask('{ me { id } }')).data.me.id).toBe(USER_ID)
  })

  it('come and go while streams run on', async () => {
    await have(feature())
    const changes = gateway
      .connect({ authorization: await bearer() })
      .subscribe('subscription { documentChanged { document { id title } } }')
    const first = changes.next()
    await until(() => gateway.world.changes.listeners.size === 1)
    const own = gateway.connect({ authorization: await bearer() }).subscribe(NOTED)
    const note = own.next()
    await until(() => notes.noted.listeners.size === 1)
    await have(feature(SDL.replace('large: String!', 'other: Int')))
    notes.noted.emit({ noted: { text: 'still there' } })
    expect((await note).value).toMatchObject({ data: { noted: { text: 'still there' } } })
    gateway.world.changes.emit({ documentChanged: { document: { id: 'd1' } } })
    expect((await first).value).toMatchObject({ data: { documentChanged: { document: { id: 'd1' } } } })
    wanted = []
    gateway.shared.tellFeatures()
    await until(async () => (await ask('{ myNotes { text } }')).status === 400, 20_000)
    const second = changes.next()
    gateway.world.changes.emit({ documentChanged: { document: { id: 'd2' } } })
    expect((await second).value).toMatchObject({ data: { documentChanged: { document: { id: 'd2' } } } })
    await Promise.all([changes.return!(), own.return!()])
  })

  it('that answer 10 MB, or nothing, fail alone', async () => {
    await have(feature())
    const large = await ask('{ large me { id } }')
    expect(large.errors).toMatchObject([{ extensions: { code: 'UNAVAILABLE', service: 'notes' } }])
    await have({ ...feature(), url: 'http://127.0.0.1:1' })
    const { data, errors } = await ask('{ documents { title } document(id: "d1") { title } }')
    expect([errors, data.documents.length]).toEqual([undefined, 2])
    expect((await ask('{ myNotes { text } }')).errors).toMatchObject([{ extensions: { code: 'UNAVAILABLE' } }])
  })
})
