import type { CombinedError } from '@urql/core'
import { ref } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { describeErrorBriefly } from '@/graphql/describe-error.ts'
import { safeNext } from '../lib/safe-next.ts'
import { useSession, type Grant } from '../session-store.ts'
import { useRetryAfter } from './useRetryAfter.ts'

type Refusal = { __typename: string; message?: string; field?: string; retryAfterSeconds?: number }

/** What signing in and registering have in common: one answer, either a session or a reason. */
export function useGrantForm() {
  const session = useSession()
  const router = useRouter()
  const route = useRoute()
  const pending = ref(false)
  const problem = ref('')
  const field = ref<string | null>(null)
  const wait = useRetryAfter()

  async function submit<T extends { __typename: string }>(
    send: (client: ReturnType<typeof session.client>) => Promise<{ answer: T | undefined; error?: CombinedError }>,
    granted: (answer: T) => Grant | null,
  ): Promise<void> {
    if (pending.value || wait.seconds.value > 0) return
    pending.value = true
    problem.value = ''
    field.value = null
    try {
      const { answer, error } = await send(session.client())
      const grant = answer && granted(answer)
      if (grant) {
        session.begin(grant)
        await router.replace(safeNext(route.query.next))
      } else if (answer) {
        refuse(answer)
      } else if (error) {
        problem.value = describeErrorBriefly(error)
      }
    } finally {
      pending.value = false
    }
  }

  function refuse(refusal: Refusal): void {
    problem.value = refusal.message ?? 'This account asks for a further step, which this page cannot show yet.'
    field.value = refusal.field ?? null
    if (refusal.retryAfterSeconds) wait.start(refusal.retryAfterSeconds)
  }

  return { pending, problem, field, wait, submit }
}
