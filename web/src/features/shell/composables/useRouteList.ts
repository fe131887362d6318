import { computed } from 'vue'
import { useRoute, useRouter, type LocationQuery } from 'vue-router'

/**
 * Filters of a list and the place in it, kept in the address: it can be shared, and the browser's own "back" leads to
 * the page before. Empty filters are left out of the address.
 */
export function useRouteList<Name extends string>(names: readonly Name[]) {
  const route = useRoute()
  const router = useRouter()
  const own = route.name
  // While another page is on its way in, the address is that page's: this list does not ask for it.
  const query = computed<LocationQuery>((before) => (route.name === own || !before ? route.query : before))
  const read = (name: string) => {
    const value = query.value[name]
    return typeof value === 'string' ? value : ''
  }
  const filters = computed(() => Object.fromEntries(names.map((name) => [name, read(name)])) as Record<Name, string>)
  const filtered = computed(() => names.some((name) => filters.value[name] !== ''))
  const after = computed(() => read('after') || null)

  // A second change may come before the address has followed the first.
  let ahead: Record<Name, string> | null = null
  /** A cursor belongs to one set of filters: a new one begins at its first page. */
  async function set(change: Partial<Record<Name, string>>): Promise<void> {
    const wanted = { ...(ahead ?? filters.value), ...change }
    ahead = wanted
    const given = Object.entries<string>(wanted).filter(([, value]) => value !== '')
    await router.replace({ query: Object.fromEntries(given) })
    if (ahead === wanted) ahead = null
  }
  const clear = () => void router.replace({ query: {} })

  function next(cursor: string): void {
    void router.push({ query: { ...query.value, after: cursor }, state: { paged: true } })
  }
  /** To the page before; to the first one for whoever came in by a shared address. */
  function back(): void {
    if (history.state?.paged) router.back()
    else void set({})
  }

  return { filters, filtered, after, set, clear, next, back }
}
