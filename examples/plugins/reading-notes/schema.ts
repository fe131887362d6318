import { buildSubgraphSchema } from '@apollo/subgraph'
import { GraphQLError, parse, type GraphQLSchema } from 'graphql'
import type { Note, Notes } from './notes.ts'
import type { Viewer } from './verify-identity.ts'

export interface Context {
  viewer: Viewer | null
}

const typeDefs = parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])

  "Something a person wrote for themselves about a document."
  type ReadingNote {
    id: ID!
    text: String!
    writtenAt: String!
    document: Document!
  }

  "The vault's own; this plugin adds one field to it."
  type Document @key(fields: "id") {
    id: ID!
    "Your own notes, the newest first, at most 100."
    readingNotes: [ReadingNote!]!
  }

  type Query {
    "Your own notes on all documents, the newest first, at most 100."
    readingNotes(first: Int = 20): [ReadingNote!]!
  }

  input WriteReadingNoteInput { documentId: ID! text: String! }
  type WriteReadingNoteSuccess { note: ReadingNote! }
  type ReadingNoteRefused { message: String! }
  union WriteReadingNoteResult = WriteReadingNoteSuccess | ReadingNoteRefused

  type Mutation {
    writeReadingNote(input: WriteReadingNoteInput!): WriteReadingNoteResult!
  }
`)

const MAX = 100

/** What this plugin adds to the vault's graph. Everybody sees their own notes alone. */
export function createSchema(notes: Notes): GraphQLSchema {
  const own = ({ viewer }: Context): string => {
    if (!viewer) throw new GraphQLError('Sign in to continue.', { extensions: { code: 'UNAUTHENTICATED' } })
    return viewer.userId
  }
  return buildSubgraphSchema({
    typeDefs,
    resolvers: {
      Query: {
        readingNotes: (_root: unknown, { first }: { first: number }, context: Context) =>
          notes.of(own(context)).slice(0, Math.min(Math.max(first, 0), MAX)),
      },
      Mutation: {
        writeReadingNote: async (
          _root: unknown,
          { input }: { input: { documentId: string; text: string } },
          context: Context,
        ) => {
          const userId = own(context)
          // An API token that may only read does not write.
          if (context.viewer?.scopes && !context.viewer.scopes.includes('documents:write'))
            throw new GraphQLError('You may not do this.', { extensions: { code: 'FORBIDDEN' } })
          try {
            const note = await notes.write(userId, input.documentId, input.text)
            return { __typename: 'WriteReadingNoteSuccess', note }
          } catch (error) {
            return { __typename: 'ReadingNoteRefused', message: (error as Error).message }
          }
        },
      },
      Document: {
        __resolveReference: ({ id }: { id: string }) => ({ id }),
        readingNotes: ({ id }: { id: string }, _args: unknown, context: Context) =>
          notes
            .of(own(context))
            .filter((note) => note.documentId === id)
            .slice(0, MAX),
      },
      ReadingNote: {
        document: ({ documentId }: Note) => ({ id: documentId }),
      },
    } as never,
  })
}
