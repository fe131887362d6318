import { cacheExchange, type Cache } from '@urql/exchange-graphcache'
import { relayPagination } from '@urql/exchange-graphcache/extras'
import possibleTypes from 'virtual:possible-types'
import { graphql } from './graphql.ts'

const embedded = () => null

const NewEdge = graphql(`
  fragment NewEdge on DocumentEdge {
    __typename
    cursor
    node {
      __typename
      id
    }
  }
`)

const ListCount = graphql(`
  query Cache_ListCount($first: Int, $after: String, $search: String) {
    documents(first: $first, after: $after, search: $search) {
      totalCount
    }
  }
`)

type Page = { fieldKey: string; arguments: { first?: number; after?: string | null; search?: string | null } | null }

const pages = (cache: Cache): Page[] =>
  cache.inspectFields('Query').filter((field) => field.fieldName === 'documents') as Page[]

const edgesOf = (cache: Cache, page: Page): string[] => {
  const connection = cache.resolve('Query', page.fieldKey) as string | null
  return connection ? ((cache.resolve(connection, 'edges') as string[] | null) ?? []) : []
}

/**
 * A document this list has not seen goes on top of it: the list is newest first, so nothing has to be asked again.
 * Searches are left alone, since only the server knows whether the document matches.
 */
function prependDocument(cache: Cache, id: string): void {
  const unsearched = pages(cache).filter((page) => !page.arguments?.search)
  const known = unsearched.some((page) =>
    edgesOf(cache, page).some((edge) => cache.resolve(edge, 'node') === `Document:${id}`),
  )
  const top = unsearched.find((page) => !page.arguments?.after)
  if (known || !top) return
  const connection = cache.resolve('Query', top.fieldKey) as string | null
  if (!connection) return

  const edge = { __typename: 'DocumentEdge' as const, cursor: `new:${id}`, node: { __typename: 'Document' as const, id } }
  cache.writeFragment(NewEdge, edge)
  cache.link(connection, 'edges', [`DocumentEdge:${edge.cursor}`, ...edgesOf(cache, top)])
  cache.updateQuery(
    { query: ListCount, variables: top.arguments ?? {} },
    (data) => data && { ...data, documents: { ...data.documents, totalCount: data.documents.totalCount + 1 } },
  )
}

/**
 * When the first page comes anew and ends elsewhere, the pages read after the old one no longer join it: they would
 * leave a gap. Only the pages that follow on from it are kept.
 */
function dropUnjoinedPages(cache: Cache, search: string | null): void {
  const list = pages(cache).filter((page) => (page.arguments?.search ?? null) === search)
  const endOf = (page: Page) => {
    const connection = cache.resolve('Query', page.fieldKey) as string | null
    const info = connection && (cache.resolve(connection, 'pageInfo') as string | null)
    return info ? (cache.resolve(info, 'endCursor') as string | null) : null
  }
  const joined = new Set(list.filter((page) => !page.arguments?.after))
  for (let grown = true; grown; ) {
    const ends = new Set([...joined].map(endOf))
    const next = list.filter((page) => !joined.has(page) && ends.has(page.arguments?.after ?? null))
    next.forEach((page) => joined.add(page))
    grown = next.length > 0
  }
  for (const page of list) if (!joined.has(page)) cache.invalidate('Query', page.fieldKey)
}

export const createCache = () =>
  cacheExchange({
    possibleTypes,
    keys: {
      // A cursor names one place in one list, which lets a list grow at its top without being read again.
      DocumentEdge: (edge) => edge.cursor as string,
      AiSettings: embedded,
      DocumentConnection: embedded,
      DocumentLimits: embedded,
      DownloadTicket: embedded,
      File: embedded,
      Header: embedded,
      PageInfo: embedded,
      PluginAccess: embedded,
      PluginConnection: embedded,
      PluginEdge: embedded,
      PluginHealth: embedded,
      PluginRoute: embedded,
      UploadPart: embedded,
    },
    resolvers: { Query: { documents: relayPagination() } },
    updates: {
      Query: {
        documents(_result, args, cache) {
          if (!args.after) dropUnjoinedPages(cache, (args.search as string | null | undefined) ?? null)
        },
      },
      Mutation: {
        suggestTopics(result, args, cache) {
          const answer = result.suggestTopics as { __typename: string; suggestions?: { id: string }[] }
          const { documentId } = args.input as { documentId: string }
          if (!answer.suggestions) return
          const links = answer.suggestions.map((each) => `Suggestion:${each.id}`)
          cache.link({ __typename: 'Document', id: documentId }, 'suggestions', links)
        },
      },
      Subscription: {
        documentChanged(result, _args, cache) {
          const { document } = result.documentChanged as { document: { id: string } | null }
          if (document) prependDocument(cache, document.id)
          // Something went away, and the event does not say what: read the lists again.
          else pages(cache).forEach((page) => cache.invalidate('Query', page.fieldKey))
        },
      },
    },
  })
