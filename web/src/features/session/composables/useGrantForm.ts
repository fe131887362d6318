import type { CombinedError } from '@urql/core'
import { ref } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { describeErrorBriefly } from '@/graphql/describe-error.ts'
import { safeNext } from '../lib/safe-next.ts'
import { useSession, type Grant } from '../session-store.ts'
import { useRetryAfter } from './useRetryAfter.ts'

type Refusal = { __typename: string; message?: string; field?: string; retryAfterSeconds?: number }

/** What the forms for strangers have in common: one question, answered by what they hoped for or by a reason. */
export function useGrantForm() {
  const session = useSession()
  const router = useRouter()
  const route = useRoute()
  const pending = ref(false)
  const problem = ref('')
  const field = ref<string | null>(null)
  /** The type of the refusal, for those that lead on to another step. */
  const refusal = ref<string | null>(null)
  const wait = useRetryAfter()

  /** `accept` returns false for an answer that is a refusal. */
  async function submit<T extends { __typename: string }>(
    send: (client: ReturnType<typeof session.client>) => Promise<{ answer: T | undefined; error?: CombinedError }>,
    accept: (answer: T) => boolean | Promise<boolean>,
  ): Promise<void> {
    if (pending.value || wait.seconds.value > 0) return
    pending.value = true
    problem.value = ''
    field.value = null
    refusal.value = null
    try {
      const { answer, error } = await send(session.client())
      if (answer) {
        if (!(await accept(answer))) refuse(answer)
      } else if (error) problem.value = describeErrorBriefly(error)
    } finally {
      pending.value = false
    }
  }

  /** Signed in: on to where the person was going. */
  async function enter(grant: Grant): Promise<true> {
    session.begin(grant)
    await router.replace(safeNext(route.query.next))
    return true
  }

  function refuse(answer: Refusal): void {
    problem.value = answer.message ?? 'The vault gave an answer that this page does not know. Reload it and try again.'
    field.value = answer.field ?? null
    refusal.value = answer.__typename
    if (answer.retryAfterSeconds) wait.start(answer.retryAfterSeconds)
  }

  return { pending, problem, field, refusal, wait, submit, enter }
}
