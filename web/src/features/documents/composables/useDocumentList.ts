import { useQuery } from '@urql/vue'
import { computed, ref, shallowRef, watch, type Ref } from 'vue'
import { graphql, type ResultOf } from '@/graphql/graphql.ts'
import { DocumentTable_Connection } from '../components/DocumentTable.vue'

const PAGE = 50

const Documents = graphql(
  `
    query Library_Documents($first: Int!, $after: String, $search: String, $searching: Boolean!) {
      documents(first: $first, after: $after, search: $search) {
        totalCount
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

/** The library's list: pages are asked by cursor and joined in the cache, so asking for the next one shows all. */
export function useDocumentList(search: Ref<string>) {
  const after = ref<string | null>(null)
  const query = useQuery({
    query: Documents,
    variables: () => ({
      first: PAGE,
      after: after.value,
      search: search.value || null,
      searching: search.value !== '',
    }),
  })
  const { data, error, fetching } = query

  // A cursor belongs to one search.
  watch(search, () => (after.value = null), { flush: 'sync' })

  // A failed page takes the data away: what stood there before, for the same search, stays on view.
  const last = shallowRef<{ search: string; documents: ResultOf<typeof Documents>['documents'] }>()
  watch(data, (value) => value && (last.value = { search: search.value, documents: value.documents }), {
    flush: 'sync',
  })
  const connection = computed(
    () => data.value?.documents ?? (last.value?.search === search.value ? last.value.documents : undefined),
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
