import { computed, ref, watch, type Ref } from 'vue'

export type Selection = ReturnType<typeof useSelection>

/** What is chosen of a list: some of its rows, or everything that matches, also what is not on the page. */
export function useSelection(rows: Ref<readonly string[]>, total: Ref<number>, list: Ref<unknown>) {
  const ids = ref(new Set<string>())
  const everything = ref(false)
  let last: string | null = null

  function clear(): void {
    ids.value = new Set()
    everything.value = false
    last = null
  }
  // What was chosen of one list means nothing in another.
  watch(list, clear)
  // What went away is not chosen any more.
  watch(rows, (now) => {
    const here = new Set(now)
    if ([...ids.value].some((id) => !here.has(id))) ids.value = new Set([...ids.value].filter((id) => here.has(id)))
  })

  /** With `range`, all between this row and the one before get the same. */
  function choose(id: string, on: boolean, range = false): void {
    everything.value = false
    const from = range && last !== null ? rows.value.indexOf(last) : -1
    const to = rows.value.indexOf(id)
    const touched = from === -1 ? [id] : rows.value.slice(Math.min(from, to), Math.max(from, to) + 1)
    const next = new Set(ids.value)
    for (const each of touched) {
      if (on) next.add(each)
      else next.delete(each)
    }
    ids.value = next
    last = id
  }

  const all = computed(() => rows.value.length > 0 && rows.value.every((id) => ids.value.has(id)))
  const some = computed(() => ids.value.size > 0)
  const count = computed(() => (everything.value ? total.value : ids.value.size))
  /** Whether there is more that matches than could be chosen on the page. */
  const more = computed(() => all.value && !everything.value && total.value > rows.value.length)

  function choosePage(on: boolean): void {
    everything.value = false
    ids.value = new Set(on ? rows.value : [])
  }
  const chooseEverything = () => (everything.value = true)

  return { ids, everything, all, some, count, more, choose, choosePage, chooseEverything, clear }
}
