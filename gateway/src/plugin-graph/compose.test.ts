import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { fixtureSubgraphs } from '../../test/support/graph.ts'
import { composeWithFeatures, type NamedSdl } from './compose.ts'
import { readSubgraphs } from './read-subgraphs.ts'

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", "@shareable", "@override", "@inaccessible"])\n'
const base = fixtureSubgraphs()
const feature = (name: string, sdl: string): NamedSdl => ({ name, url: `http://${name}.example`, sdl: LINK + sdl })
const NOTES = feature(
  'notes',
  `type Note { text: String! }
   type Document @key(fields: "id") { id: ID! notes: [Note!]! }
   type Query { myNotes: [Note!]! }
   type Mutation { writeNote(text: String!): Note! }`,
)
const compose = (wanted: NamedSdl[], running: NamedSdl[] = []) => composeWithFeatures({ base, running, wanted })

test('a feature adds types, root fields, and fields of the vault’s entities', () => {
  const { supergraphSdl, included, outcomes } = compose([NOTES])
  expect(outcomes).toEqual([{ id: 'notes', error: null }])
  expect(included).toEqual([NOTES])
  expect(supergraphSdl).toMatch(/myNotes: \[Note!\]! @join__field\(graph: NOTES\)/)
})

test('it may read fields of entities that clients see', () => {
  const reading = feature(
    'reading',
    'type Document @key(fields: "id") { id: ID! title: String! @external words: Int! @requires(fields: "title") }',
  )
  expect(compose([reading]).outcomes).toEqual([{ id: 'reading', error: null }])
})

describe('what is the vault’s stays the vault’s', () => {
  test.each([
    ['a root field', 'type Query { me: String }', 'Query.me is the vault’s own'],
    ['a root field, extended', 'extend type Mutation { login(email: String): String! }', 'Mutation.login'],
    ['a shared root field', 'type Query { me: User @shareable } type User @key(fields: "id") { id: ID! }', 'Query.me'],
    ['a field of an entity', 'type Document @key(fields: "id") { id: ID! title: String! }', 'Document.title'],
    [
      'a field by @override',
      'type Document @key(fields: "id") { id: ID! title: String! @override(from: "documents") }',
      '@override',
    ],
    [
      'a field by @override under its long name',
      'type Document @key(fields: "id") { id: ID! title: String! @federation__override(from: "documents") }',
      '@federation__override',
    ],
    [
      'sight of a field',
      'type Document @key(fields: "id") { id: ID! @inaccessible mine: Int } type Query { x: Int }',
      '@inaccessible',
    ],
    ['an entity as something else', 'interface Document { id: ID! } type Query { x: Int }', ''],
    [
      'an entity without its key',
      'type Document { id: ID! title: String! } type Query { x: Document }',
      'Document.title',
    ],
  ] as const)('%s cannot be taken', (_what, sdl, reason) => {
    const { outcomes, included, supergraphSdl } = compose([feature('thief', sdl)])
    expect(outcomes[0]?.error).toContain(reason.replace('’', "'"))
    expect(included).toEqual([])
    expect(supergraphSdl).not.toMatch(/thief/i)
  })

  test.each([
    [
      'a directive under another name',
      'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [{ name: "@override", as: "@mine" }])',
      'under another name',
    ],
    [
      'the specification under another name',
      'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", as: "f")',
      'under another name',
    ],
    ['another specification', 'extend schema @link(url: "https://example.org/mine/v1.0")', 'not the federation'],
  ])('%s is refused', (_what, schema, reason) => {
    const sdl = `${schema}\ntype Query { x: Int }`
    expect(compose([{ ...NOTES, sdl }]).outcomes[0]?.error).toContain(reason)
  })
})

test('fields of the federation specification, which some libraries print, are nobody’s', () => {
  const printing = feature('printing', 'scalar _Any type Query { _entities(representations: [_Any!]!): Int mine: Int }')
  const { outcomes, supergraphSdl } = compose([printing])
  expect(outcomes).toEqual([{ id: 'printing', error: null }])
  expect(supergraphSdl).not.toContain('_entities')
})

test('a schema that is none is explained', () => {
  for (const sdl of [
    'type Query {',
    'type Query { x: Missing }',
    'x'.repeat(300_000),
    'type A { a: Int }'.repeat(9000),
  ]) {
    const { outcomes, included } = compose([feature('broken', sdl)])
    expect(outcomes[0]?.error, sdl.slice(0, 40)).toEqual(expect.any(String))
    expect(outcomes[0]?.error?.length).toBeLessThanOrEqual(1000)
    expect(included).toEqual([])
  }
})

test('each is tried alone: one that does not fit keeps nobody out', () => {
  const broken = feature('broken', 'type Query { x: Missing }')
  const other = feature('other', 'type Query { other: Int }')
  const { outcomes, included } = compose([broken, NOTES, other])
  expect(outcomes.map(({ id, error }) => [id, error === null])).toEqual([
    ['broken', false],
    ['notes', true],
    ['other', true],
  ])
  expect(included.map(({ name }) => name)).toEqual(['notes', 'other'])
})

test('of two that want one name, the first has it', () => {
  const rival = feature('rival', 'type Query { myNotes: Int }')
  const { outcomes } = compose([NOTES, rival])
  expect(outcomes.map(({ error }) => error === null)).toEqual([true, false])
  expect(outcomes[1]?.error).toContain('myNotes')
})

test('a new version that does not fit leaves the one that runs', () => {
  const next = feature('notes', 'type Query { me: Int }')
  const { outcomes, included } = compose([next], [NOTES])
  expect(outcomes[0]?.error).toContain('Query.me')
  expect(included).toEqual([NOTES])
})

test('nothing wanted is the vault’s own graph, and the committed schemas are such a ground', async () => {
  expect(compose([]).included).toEqual([])
  const folder = fileURLToPath(new URL('../../../schema', import.meta.url))
  const house = await readSubgraphs(folder)
  const { outcomes, supergraphSdl } = composeWithFeatures({
    base: house,
    running: [],
    wanted: [
      feature(
        'notes',
        'type Query { myNotes: [String!]! } type Document @key(fields: "id") { id: ID! marginalia: Int }',
      ),
    ],
  })
  expect(outcomes).toEqual([{ id: 'notes', error: null }])
  expect(supergraphSdl).toContain('NOTES')
  const api = readFileSync(new URL('../../../schema/api.graphql', import.meta.url), 'utf8')
  const hidden = /access: String/
  expect(api).not.toMatch(hidden)
  const spy = feature(
    'spy',
    'type Document @key(fields: "id") { id: ID! access: String @external seen: Int @requires(fields: "access") }',
  )
  expect(composeWithFeatures({ base: house, running: [], wanted: [spy] }).outcomes[0]?.error).toContain(
    'not for features',
  )
})
