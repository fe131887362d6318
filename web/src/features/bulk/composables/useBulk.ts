import { useClientHandle } from '@urql/vue'
import { computed, inject, onScopeDispose, ref } from 'vue'
import { useRefreshSignal } from '@/features/shell/composables/useRefreshSignal.ts'
import { uploadClientKey } from '@/features/uploads/composables/useUploads.ts'
import { describeErrorBriefly } from '@/graphql/describe-error.ts'
import { useChange } from '@/graphql/useChange.ts'
import { useToasts } from '@/ui/useToasts.ts'
import { BulkState, MatchingIds, PurgeDocuments, StartBulk, UndoBulk, type BulkInput } from '../bulk-documents.ts'
import { describeBulk, describeUndo } from '../lib/describe-bulk.ts'

type Target = { ids: string[] } | { search: string }
/** The job tells nobody by itself how far it is. */
const LOOK_EVERY = 400
const PURGE_AT_ONCE = 100

/** Changes to many documents: they run on the server by themselves, and can be taken back. */
export function useBulk() {
  const { client } = useClientHandle()
  const plain = inject(uploadClientKey, client)
  const refresh = useRefreshSignal()
  const { toast } = useToasts()
  const { send, problem, pending } = useChange()
  const working = ref(false)
  const progress = ref<{ done: number; total: number } | null>(null)
  let gone = false
  onScopeDispose(() => (gone = true))

  /** Looks until it is over. The page may be left meanwhile: then nobody waits any more, and the job goes on. */
  async function follow(id: string): Promise<{ done: number; skipped: number; kept: number } | null> {
    for (;;) {
      const { data, error } = await plain.query(BulkState, { id }).toPromise()
      const state = data?.bulkUpdate
      if (error || !state) {
        toast(error ? describeErrorBriefly(error) : 'The change cannot be found any more.', { tone: 'trouble' })
        return null
      }
      progress.value = { done: state.done + state.skipped + state.kept, total: state.total }
      if (state.state === 'DONE' || state.state === 'UNDONE') return state
      if (gone) return null
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY))
    }
  }

  async function attempt<T>(run: () => Promise<T>): Promise<T> {
    working.value = true
    try {
      return await run()
    } finally {
      working.value = false
      progress.value = null
      refresh.fire()
    }
  }

  /** `what` ends the sentence “12 documents …”. @returns whether it was begun */
  async function change(target: Target, values: BulkInput['change'], what: string): Promise<boolean> {
    return attempt(async () => {
      const answer = await send('bulkUpdateDocuments', StartBulk, { input: { ...target, change: values } })
      if (!answer) {
        toast(problem.value, { tone: 'trouble' })
        return false
      }
      const { id } = answer.bulkUpdate
      const outcome = await follow(id)
      if (outcome) {
        const action = outcome.done > 0 ? { label: 'Undo', run: () => void undo(id) } : undefined
        toast(describeBulk(what, outcome), action ? { action } : {})
      }
      return true
    })
  }

  async function undo(id: string): Promise<void> {
    await attempt(async () => {
      const answer = await send('undoBulkUpdate', UndoBulk, { input: { id } })
      if (!answer) return toast(problem.value, { tone: 'trouble' })
      const outcome = await follow(id)
      if (outcome) toast(describeUndo(outcome))
    })
  }

  /** For good, some at a time. @returns how many are gone; null when it was refused, and `problem` says why */
  async function purge(target: Target): Promise<number | null> {
    return attempt(async () => {
      let purged = 0
      let left = 'ids' in target ? [...target.ids] : []
      for (;;) {
        if ('search' in target) left = await matching(target.search)
        const batch = left.splice(0, PURGE_AT_ONCE)
        if (batch.length === 0) return purged
        const answer = await send('purgeDocuments', PurgeDocuments, { input: { ids: batch } })
        if (!answer) return null
        // Nothing went although something matches: asking again would never end.
        if (answer.ids.length === 0) return purged
        purged += answer.ids.length
        progress.value = { done: purged, total: Math.max(purged, progress.value?.total ?? 0) }
      }
    })
  }
  async function matching(search: string): Promise<string[]> {
    const { data } = await plain.query(MatchingIds, { search }).toPromise()
    return data?.documents.edges.map(({ node }) => node.id) ?? []
  }

  return { busy: computed(() => working.value || pending.value), progress, problem, change, purge }
}
