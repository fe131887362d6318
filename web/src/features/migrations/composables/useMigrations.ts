import { useQuery } from '@urql/vue'
import { computed, shallowRef, watch } from 'vue'
import { describeError } from '@/graphql/describe-error.ts'
import { useLive } from '@/graphql/useLive.ts'
import { isCurrent, isOpen, isTold } from '../lib/migration-steps.ts'
import { Migrations, Progress, type MigrationState } from '../migration-documents.ts'

const PAGE = 20

/** All migrations, the newest first; the one that concerns now is told live, without asking. */
export function useMigrations() {
  const { data, error, fetching, executeQuery } = useQuery({ query: Migrations, variables: () => ({ first: PAGE }) })
  const trouble = computed(() => error.value && describeError(error.value))

  // A reading that fails takes the data away: what was known stays on view.
  const all = shallowRef<MigrationState[]>()
  watch(data, (value) => value && (all.value = value.migrations.edges.map(({ node }) => node)), {
    immediate: true,
    flush: 'sync',
  })
  const current = computed(() => all.value?.find(isOpen) ?? all.value?.find(isCurrent) ?? null)
  const past = computed(() => all.value?.filter((each) => each.id !== current.value?.id))
  const reload = () => void executeQuery({ requestPolicy: 'network-only' })

  useLive(Progress, () => (current.value && isTold(current.value) ? { id: current.value.id } : null), { again: reload })

  return { all, current, past, trouble, fetching, reload }
}
