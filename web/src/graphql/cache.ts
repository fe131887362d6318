import { cacheExchange, type Cache } from '@urql/exchange-graphcache'
import { relayPagination } from '@urql/exchange-graphcache/extras'
import { embedded, possibleTypes } from 'virtual:schema-shape'
import { graphql, type VariablesOf } from './graphql.ts'

/** Lives inside the entity that shows it. */
const within = () => null

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
  query Cache_ListCount($first: Int, $after: String, $search: String, $orderBy: DocumentOrder) {
    documents(first: $first, after: $after, search: $search, orderBy: $orderBy) {
      totalCount
    }
  }
`)

type Order = VariablesOf<typeof ListCount>['orderBy']
type Page = {
  fieldKey: string
  arguments: { first?: number; after?: string | null; search?: string | null; orderBy?: Order } | null
}
/** Which list a page belongs to: pages of one are joined. */
const listOf = (args: Page['arguments']): string => JSON.stringify([args?.search ?? null, args?.orderBy ?? null])
const showsTrash = (page: Page): boolean => /(^|\s)is:trashed\b/i.test(page.arguments?.search ?? '')

const pages = (cache: Cache): Page[] =>
  cache.inspectFields('Query').filter((field) => field.fieldName === 'documents') as Page[]

const edgesOf = (cache: Cache, page: Page): string[] => {
  const connection = cache.resolve('Query', page.fieldKey) as string | null
  return connection ? ((cache.resolve(connection, 'edges') as string[] | null) ?? []) : []
}

/**
 * A document the list has not seen takes its place by age, newest first, so that nothing has to be asked again. An older
 * one, beyond the pages read so far, stays where it is; so do searches, since only the server knows what matches.
 */
function insertDocument(cache: Cache, id: string): void {
  const plain = listOf(null)
  const top = pages(cache).find((page) => listOf(page.arguments) === plain && !page.arguments?.after)
  const connection = top && (cache.resolve('Query', top.fieldKey) as string | null)
  if (!connection) return
  const createdAt = (document: string) => Date.parse(cache.resolve(document, 'createdAt') as string)
  const mine = createdAt(`Document:${id}`)
  const edges = edgesOf(cache, top)

  // In order of age, a known document stands before the first older one: the search ends early, even in long lists.
  let place = 0
  for (; place < edges.length; place += 1) {
    const document = cache.resolve(edges[place]!, 'node') as string
    if (document === `Document:${id}`) return
    if (createdAt(document) < mine) break
  }
  const info = cache.resolve(connection, 'pageInfo') as string
  if (place === edges.length && cache.resolve(info, 'hasNextPage')) return

  const edge = {
    __typename: 'DocumentEdge' as const,
    cursor: `new:${id}`,
    node: { __typename: 'Document' as const, id },
  }
  cache.writeFragment(NewEdge, edge)
  cache.link(connection, 'edges', edges.toSpliced(place, 0, `DocumentEdge:${edge.cursor}`))
  count(cache, plain, 1)
}

/**
 * A document that is gone leaves every list that shows it, and whoever looks at it alone is told. One that no list has
 * come to yet is not subtracted: most of those were never counted, such as an upload given up at once.
 */
function removeDocument(cache: Cache, id: string): void {
  takeOffLists(cache, id, () => true)
  cache.invalidate({ __typename: 'Document', id })
  const me = cache.resolve('Query', 'me') as string | null
  if (me) cache.invalidate(me, 'storageUsage')
}

function takeOffLists(cache: Cache, id: string, which: (page: Page) => boolean): void {
  const shrunk = new Set<string>()
  for (const page of pages(cache).filter(which)) {
    const edges = edgesOf(cache, page)
    const left = edges.filter((edge) => cache.resolve(edge, 'node') !== `Document:${id}`)
    if (left.length === edges.length) continue
    cache.link(cache.resolve('Query', page.fieldKey) as string, 'edges', left)
    shrunk.add(listOf(page.arguments))
  }
  for (const list of shrunk) count(cache, list, -1)
}

/** Into the trash, or out of it: it leaves the lists of the one side, and those of the other are asked again. */
function moveDocument(cache: Cache, id: string, trashed: boolean): void {
  takeOffLists(cache, id, (page) => showsTrash(page) !== trashed)
  for (const page of pages(cache)) {
    if (showsTrash(page) === trashed && page.arguments?.search) cache.invalidate('Query', page.fieldKey)
  }
}

/** Each page of a list carries the count of the whole list. */
function count(cache: Cache, list: string, change: 1 | -1): void {
  for (const page of pages(cache)) {
    if (listOf(page.arguments) !== list) continue
    cache.updateQuery(
      { query: ListCount, variables: page.arguments ?? {} },
      (data) => data && { ...data, documents: { ...data.documents, totalCount: data.documents.totalCount + change } },
    )
  }
}

/** The next look at any of these lists asks the server. */
function forgetLists(cache: Cache, ...names: string[]): void {
  for (const field of cache.inspectFields('Query')) {
    if (names.includes(field.fieldName)) cache.invalidate('Query', field.fieldKey)
  }
}

function placesOf(cache: Cache): { config: string; places: string[] } | null {
  const config = cache.resolve('Query', 'storageConfig') as string | null
  const places = config && (cache.resolve(config, 'backends') as string[] | null)
  return places ? { config, places } : null
}

/**
 * When the first page comes anew and ends elsewhere, the pages read after the old one no longer join it: they would
 * leave a gap. Only the pages that follow on from it are kept.
 */
function dropUnjoinedPages(cache: Cache, name: string): void {
  const list = pages(cache).filter((page) => listOf(page.arguments) === name)
  const endOf = (page: Page) => {
    const connection = cache.resolve('Query', page.fieldKey) as string | null
    const info = connection && (cache.resolve(connection, 'pageInfo') as string | null)
    return info ? (cache.resolve(info, 'endCursor') as string | null) : null
  }
  const joined = new Set(list.filter((page) => !page.arguments?.after))
  for (let grown = true; grown;) {
    const ends = new Set([...joined].map(endOf))
    const next = list.filter((page) => !joined.has(page) && ends.has(page.arguments?.after ?? null))
    next.forEach((page) => joined.add(page))
    grown = next.length > 0
  }
  for (const page of list) if (!joined.has(page)) cache.invalidate('Query', page.fieldKey)
}

export function createCache() {
  // Something went away and nobody said what: any page read before may still show it.
  let doubtful = false

  return cacheExchange({
    possibleTypes,
    keys: {
      ...Object.fromEntries(embedded.map((type) => [type, within])),
      // A cursor names one place in one list, which lets a list grow at its top without being read again.
      DocumentEdge: (edge) => edge.cursor as string,
      // Its id is that of the document it tells of.
      DocumentChange: within,
    },
    resolvers: { Query: { documents: relayPagination() } },
    updates: {
      Query: {
        documents(_result, args, cache) {
          if (args.after) return
          const rest = pages(cache).filter((page) => page.arguments?.after)
          if (doubtful) rest.forEach((page) => cache.invalidate('Query', page.fieldKey))
          else dropUnjoinedPages(cache, listOf(args as Page['arguments']))
          doubtful = false
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
        createCategory(_result, _args, cache) {
          forgetLists(cache, 'categories')
        },
        updateCategory(_result, _args, cache) {
          forgetLists(cache, 'categories')
        },
        deleteCategory(_result, _args, cache) {
          forgetLists(cache, 'categories')
        },
        saveView(_result, _args, cache) {
          forgetLists(cache, 'savedViews')
        },
        deleteView(_result, _args, cache) {
          forgetLists(cache, 'savedViews')
        },
        trashDocuments(result, _args, cache) {
          const { documents } = result.trashDocuments as { documents?: { id: string }[] }
          for (const { id } of documents ?? []) moveDocument(cache, id, true)
        },
        restoreDocuments(result, _args, cache) {
          const { documents } = result.restoreDocuments as { documents?: { id: string }[] }
          for (const { id } of documents ?? []) {
            moveDocument(cache, id, false)
            insertDocument(cache, id)
          }
        },
        purgeDocuments(result, _args, cache) {
          const { ids } = result.purgeDocuments as { ids?: string[] }
          for (const id of ids ?? []) removeDocument(cache, id)
        },
        bulkUpdateDocuments() {
          doubtful = true
        },
        undoBulkUpdate() {
          doubtful = true
        },
        startMigration(_result, _args, cache) {
          forgetLists(cache, 'migrations')
        },
        addStorageBackend(result, _args, cache) {
          const { backend } = result.addStorageBackend as { backend?: { id: string } }
          const known = placesOf(cache)
          if (backend && known) cache.link(known.config, 'backends', [...known.places, `StorageBackend:${backend.id}`])
        },
        removeStorageBackend(result, _args, cache) {
          const { backendId } = result.removeStorageBackend as { backendId?: string }
          const known = placesOf(cache)
          if (!backendId || !known) return
          const gone = `StorageBackend:${backendId}`
          cache.link(
            known.config,
            'backends',
            known.places.filter((place) => place !== gone),
          )
          cache.invalidate(gone)
        },
      },
      Subscription: {
        documentChanged(result, _args, cache) {
          const { document, id } = result.documentChanged as {
            document: { id: string; trashedAt: string | null } | null
            id: string | null
          }
          if (document?.trashedAt) moveDocument(cache, document.id, true)
          else if (document) insertDocument(cache, document.id)
          else if (id) removeDocument(cache, id)
          else doubtful = true
        },
      },
    },
  })
}
