import { useQuery } from '@urql/vue'
import { useDocumentVisibility, useIntervalFn } from '@vueuse/core'
import { computed, shallowRef, watch } from 'vue'
import { describeError } from '@/graphql/describe-error.ts'
import { Places, type StoragePlace } from '../place-documents.ts'

/** As often as the server itself tries the places. */
const EVERY = 30_000

export function usePlaces() {
  const { data, error, fetching, executeQuery } = useQuery({ query: Places, variables: {} })
  const visibility = useDocumentVisibility()
  const trouble = computed(() => error.value && describeError(error.value))

  // A reading that fails takes the data away: what was known stays on view, beside the trouble.
  const places = shallowRef<StoragePlace[]>()
  watch(data, (value) => value && (places.value = value.storageConfig.backends), { immediate: true, flush: 'sync' })

  const reload = () => void executeQuery({ requestPolicy: 'network-only' })
  useIntervalFn(() => visibility.value === 'visible' && reload(), EVERY)

  return { places, trouble, fetching, reload }
}
