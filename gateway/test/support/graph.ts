import { buildSubgraphSchema } from '@apollo/subgraph'
import { composeServices } from '@apollo/composition'
import { GraphQLError, parse, type GraphQLSchema } from 'graphql'
import { DomainError } from '@archivolt/kit/errors/domain-error'
import type { SubgraphContext } from '@archivolt/kit/graph/context'
import { createQueue, type Queue } from '../../src/subscriptions/queue.ts'

/** A source of events that says how many listen. */
export class Events<T> {
  readonly listeners = new Set<Queue<T>>()
  emit(value: T): void {
    for (const queue of this.listeners) queue.push(value)
  }
  listen(): AsyncIterableIterator<T> {
    const queue: Queue<T> = createQueue<T>({ onEnd: () => this.listeners.delete(queue) })
    this.listeners.add(queue)
    return queue.iterator
  }
}

/** What the fixture subgraphs saw and what makes them act. */
export interface World {
  changes: Events<{ documentChanged: { document: { id: string } } }>
  cookiesSeen: (string | undefined)[]
  seen: { subgraph: string; context: SubgraphContext }[]
}

export const createWorld = (): World => ({ changes: new Events(), cookiesSeen: [], seen: [] })

type Resolvers = Record<string, Record<string, unknown>>
type Parts = Record<string, { sdl: string; resolvers: (world: World) => Resolvers }>

const FEDERATION =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external"])\n'

const noticing =
  (world: World, subgraph: string, answer: (parent: any, args: any, context: SubgraphContext) => unknown) =>
  (parent: unknown, args: unknown, context: SubgraphContext) => {
    world.seen.push({ subgraph, context })
    return answer(parent, args, context)
  }

const setsCookie = (world: World, name: string) => (_: unknown, __: unknown, context: SubgraphContext) => {
  world.cookiesSeen.push(context.cookie)
  context.setCookie(`archivolt_refresh=${name}; HttpOnly; SameSite=Strict; Path=/`)
  context.setCookie(`tracking=1; Path=/`)
  return name
}

const parts: Parts = {
  identity: {
    sdl: `
      type User @key(fields: "id") { id: ID! name: String! }
      type Query { me: User user(id: ID!): User boom: String unknownThing: String missing: String broken: String! }
      type Mutation { login(email: String): String! refreshSession: String! createGroup: String! }`,
    resolvers: (world) => ({
      User: { __resolveReference: noticing(world, 'identity', ({ id }) => ({ id, name: `user ${id}` })) },
      Query: {
        me: noticing(
          world,
          'identity',
          (_p, _a, { viewer }) => viewer && { id: viewer.userId, name: `user ${viewer.userId}` },
        ),
        user: (_: unknown, { id }: { id: string }) => ({ id, name: `user ${id}` }),
        boom: () => {
          throw new Error('connect ECONNREFUSED 10.1.2.3:5432 prisma.user.findMany()')
        },
        unknownThing: () => {
          throw new DomainError('identity.thing.unknown', 'There is no such thing.')
        },
        missing: () => {
          throw new GraphQLError('Sign in to continue.', { extensions: { code: 'UNAUTHENTICATED' } })
        },
        broken: () => null,
      },
      Mutation: {
        login: setsCookie(world, 'login'),
        refreshSession: setsCookie(world, 'refresh'),
        createGroup: setsCookie(world, 'group'),
      },
    }),
  },
  documents: {
    sdl: `
      type Document @key(fields: "id") { id: ID! title: String! owner: User! }
      type User @key(fields: "id", resolvable: true) { id: ID! documents: [Document!]! }
      type DocumentChange { document: Document }
      type Query { document(id: ID!): Document documents: [Document!]! }
      type Subscription { documentChanged(id: ID): DocumentChange! }`,
    resolvers: (world) => ({
      Document: {
        __resolveReference: ({ id }: { id: string }) => document(id),
        owner: () => ({ id: 'u1' }),
      },
      User: { documents: () => [document('d1'), document('d2')] },
      Query: {
        document: (_: unknown, { id }: { id: string }) => document(id),
        documents: () => [document('d1'), document('d2')],
      },
      Subscription: {
        documentChanged: {
          subscribe: noticing(world, 'documents', (_p, { id }, { viewer }) => {
            if (!viewer) throw new GraphQLError('Sign in to continue.', { extensions: { code: 'UNAUTHENTICATED' } })
            return only(world.changes.listen(), id)
          }),
          resolve: ({ documentChanged }: { documentChanged: { document: { id: string } } }) => ({
            document: document(documentChanged.document.id),
          }),
        },
      },
    }),
  },
  ai: {
    sdl: `
      type Document @key(fields: "id") { id: ID! topics(max: Int = 2): [String!]! summary: String }
      type Query { aiState: String! }`,
    resolvers: (world) => ({
      Document: {
        __resolveReference: noticing(world, 'ai', ({ id }) => ({ id })),
        topics: ({ id }: { id: string }, { max }: { max: number }) =>
          ['a', 'b', 'c'].slice(0, max).map((topic) => `${id}-${topic}`),
        summary: ({ id }: { id: string }) => `summary of ${id}`,
      },
      Query: { aiState: () => 'ok' },
    }),
  },
}

const document = (id: string) => ({ id, title: `title ${id}`, owner: { id: 'u1' } })

function only<T extends { documentChanged: { document: { id: string } } }>(
  events: AsyncIterableIterator<T>,
  id: string | null | undefined,
): AsyncIterableIterator<T> {
  if (!id) return events
  return {
    async next() {
      for (;;) {
        const step = await events.next()
        if (step.done || step.value.documentChanged.document.id === id) return step
      }
    },
    return: () => events.return!(),
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

export const SUBGRAPHS = Object.keys(parts)

export function schemaOf(name: string, world: World): GraphQLSchema {
  const { sdl, resolvers } = parts[name]!
  return buildSubgraphSchema({ typeDefs: parse(FEDERATION + sdl), resolvers: resolvers(world) as never })
}

/** The three fixtures as a feature's schema is judged against them. */
export const fixtureSubgraphs = () =>
  Object.entries(parts).map(([name, { sdl }]) => ({ name, url: `http://${name}.invalid`, sdl: FEDERATION + sdl }))

/** The supergraph of the three fixtures. */
export function composeFixtures(): string {
  const composed = composeServices(
    Object.entries(parts).map(([name, { sdl }]) => ({
      name,
      url: `http://${name}.invalid`,
      typeDefs: parse(FEDERATION + sdl),
    })),
  )
  if (composed.errors) throw new AggregateError(composed.errors, 'the fixtures do not compose')
  return composed.supergraphSdl
}
