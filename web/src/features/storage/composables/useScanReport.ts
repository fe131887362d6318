import type { TypedDocumentNode } from '@urql/core'
import { useQuery } from '@urql/vue'
import { useDocumentVisibility, useIntervalFn } from '@vueuse/core'
import { computed } from 'vue'
import { describeError } from '@/graphql/describe-error.ts'

/** How often a running scan is looked at: it takes hours, and tells nobody by itself. */
const EVERY = 5_000

/** A report that changes while a scan runs. */
export function useScanReport<Data>(
  query: TypedDocumentNode<Data, Record<string, never>>,
  runs: (data: Data) => boolean,
) {
  const { data, error, fetching, executeQuery } = useQuery({ query, variables: {} })
  const visibility = useDocumentVisibility()
  const trouble = computed(() => error.value && describeError(error.value))
  const reload = () => void executeQuery({ requestPolicy: 'network-only' })
  useIntervalFn(() => {
    if (visibility.value === 'visible' && data.value && runs(data.value)) reload()
  }, EVERY)
  return { data, trouble, fetching, reload }
}
