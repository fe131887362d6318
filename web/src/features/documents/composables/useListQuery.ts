import { computed } from 'vue'
import { useRoute, useRouter, type LocationQuery } from 'vue-router'
import type { VariablesOf } from '@/graphql/graphql.ts'
import type { Documents } from './useDocumentList.ts'

export type Order = NonNullable<VariablesOf<typeof Documents>['orderBy']>

const ORDERS: readonly { value: Order; label: string }[] = [
  { value: 'RELEVANCE', label: 'Best match' },
  { value: 'NEWEST', label: 'Newest first' },
  { value: 'OLDEST', label: 'Oldest first' },
  { value: 'DATE_NEWEST', label: 'Latest date' },
  { value: 'DATE_OLDEST', label: 'Earliest date' },
  { value: 'TITLE', label: 'Title' },
  { value: 'LARGEST', label: 'Largest first' },
]

/** Without words there is nothing to match better: the first order is then that of arrival. */
export function ordersFor(words: boolean): readonly { value: Order; label: string }[] {
  if (words) return ORDERS
  return ORDERS.flatMap((each) =>
    each.value === 'RELEVANCE' ? [{ ...each, label: 'Newest first' }] : each.value === 'NEWEST' ? [] : [each],
  )
}

/** In addresses in small letters, and not at all where it is what holds anyway. */
export const orderToQuery = (order: Order): string | undefined =>
  order === 'RELEVANCE' ? undefined : order.toLowerCase().replace('_', '-')

export function orderFromQuery(value: unknown): Order {
  const name = typeof value === 'string' ? value.toUpperCase().replace('-', '_') : ''
  return ORDERS.find((each) => each.value === name)?.value ?? 'RELEVANCE'
}

/** What a list shows stands in the address: it survives a reload, goes back with the browser, and can be sent. */
export function useListQuery() {
  const route = useRoute()
  const router = useRouter()
  const change = (values: LocationQuery) => void router.replace({ query: { ...route.query, ...values } })

  const search = computed({
    get: () => (typeof route.query.q === 'string' ? route.query.q : ''),
    set: (q) => change({ q: q || undefined } as unknown as LocationQuery),
  })
  const order = computed({
    get: () => orderFromQuery(route.query.sort),
    set: (sort) => change({ sort: orderToQuery(sort) } as unknown as LocationQuery),
  })
  return { search, order }
}
