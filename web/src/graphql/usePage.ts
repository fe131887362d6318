import type { AnyVariables, TypedDocumentNode } from '@urql/core'
import { useQuery } from '@urql/vue'
import { computed, shallowRef, watch, type ShallowRef } from 'vue'
import { describeError } from './describe-error.ts'

/** A query whose last answer stays on view while the next one is on its way, or when it fails. */
export function usePage<Data, Variables extends AnyVariables>(
  query: TypedDocumentNode<Data, Variables>,
  variables: () => Variables,
) {
  // The conditional type that urql gives its arguments cannot be seen through from in here.
  const { data, error, fetching, executeQuery } = useQuery<Data, AnyVariables>({ query, variables })
  const page = shallowRef() as ShallowRef<Data | undefined>
  watch(data, (value) => value && (page.value = value), { immediate: true, flush: 'sync' })
  const trouble = computed(() => (error.value ? describeError(error.value) : null))
  const reload = () => void executeQuery({ requestPolicy: 'network-only' })
  return { page, trouble, fetching, reload }
}
