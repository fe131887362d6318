import { useQuery } from '@urql/vue'
import { computed, ref, shallowRef, watch, type Ref } from 'vue'
import { graphql, type ResultOf } from '@/graphql/graphql.ts'
import { DocumentTable_Connection } from '../components/DocumentTable.vue'
import { hasWords } from '../lib/search-terms.ts'
import type { Order } from './useListQuery.ts'

const PAGE = 50

export const Documents = graphql(
  `
    query Library_Documents(
      $first: Int!
      $after: String
      $search: String
      $orderBy: DocumentOrder
      $searching: Boolean!
    ) {
      documents(first: $first, after: $after, search: $search, orderBy: $orderBy) {
        totalCount
        totalCountIsExact
        search {
          didYouMean
          problems {
            message
          }
          hints {
            message
          }
        }
        ...DocumentTable_Connection
        pageInfo {
          startCursor
          endCursor
          hasNextPage
          hasPreviousPage
        }
      }
    }
  `,
  [DocumentTable_Connection],
)

/** A list of documents: pages are asked by cursor and joined in the cache, so asking for the next one shows all. */
export function useDocumentList(search: Ref<string>, order: Ref<Order>) {
  const after = ref<string | null>(null)
  const query = useQuery({
    query: Documents,
    variables: () => ({
      first: PAGE,
      after: after.value,
      search: search.value || null,
      orderBy: order.value === 'RELEVANCE' ? null : order.value,
      searching: hasWords(search.value),
    }),
  })
  const { data, error, fetching } = query
  const list = computed(() => `${order.value} ${search.value}`)

  // A cursor belongs to one list.
  watch(list, () => (after.value = null), { flush: 'sync' })

  // A failed page takes the data away: what stood there before, for the same list, stays on view.
  const last = shallowRef<{ list: string; documents: ResultOf<typeof Documents>['documents'] }>()
  watch(data, (value) => value && (last.value = { list: list.value, documents: value.documents }), {
    flush: 'sync',
  })
  const connection = computed(
    () => data.value?.documents ?? (last.value?.list === list.value ? last.value.documents : undefined),
  )
  const more = computed(() => connection.value?.pageInfo.hasNextPage ?? false)
  const loadingMore = computed(() => fetching.value && after.value !== null)

  function loadMore(): void {
    const end = connection.value?.pageInfo.endCursor
    if (!more.value || fetching.value) return
    // The same cursor again means that the last attempt failed.
    if (end === after.value) reload()
    else after.value = end ?? null
  }

  function reload(): void {
    query.executeQuery({ requestPolicy: 'network-only' })
  }

  /** From the top, after events may have been missed. */
  function restart(): void {
    if (after.value === null) reload()
    else after.value = null
  }

  return { connection, error, fetching, more, loadingMore, loadMore, reload, restart }
}
