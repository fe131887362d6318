import type { TypedDocumentNode } from '@urql/core'
import { useClientHandle } from '@urql/vue'
import { inject, ref, type InjectionKey } from 'vue'
import { describeErrorBriefly } from './describe-error.ts'

type Answer = { __typename: string }
type Success<A extends Answer> = Extract<A, { __typename: `${string}Success` }>
type Fault = { path: string; message: string }
type Refusal = { __typename: string; message?: string; field?: string; retryAfterSeconds?: number; faults?: Fault[] }

/** Asks the person to prove again who they are; true when they did. The session feature provides it. */
export const proveAgainKey: InjectionKey<() => Promise<boolean>> = Symbol('prove again')

/** One change at a time, with either its success or a sentence to show beside the button. */
export function useChange() {
  const { client } = useClientHandle()
  const proveAgain = inject(proveAgainKey, null)
  const pending = ref(false)
  const problem = ref('')
  /** The path of the input that the server objects to. */
  const field = ref<string | null>(null)
  /** The type of the refusal, for the few that a page treats apart. */
  const refusal = ref<string | null>(null)
  /** Everything the server objects to, where it names several at once. */
  const faults = ref<Fault[]>([])

  async function send<Key extends string, A extends Answer, Variables extends object>(
    name: Key,
    mutation: TypedDocumentNode<{ [K in Key]: A }, Variables>,
    variables: Variables,
  ): Promise<Success<A> | null> {
    if (pending.value) return null
    pending.value = true
    forget()
    try {
      let { data, error } = await client.mutation(mutation, variables).toPromise()
      // The server asks who is there; once that is proved, the same change goes through.
      if (data?.[name].__typename === 'StepUpRequiredError' && (await proveAgain?.())) {
        ;({ data, error } = await client.mutation(mutation, variables).toPromise())
      }
      const answer = data?.[name]
      if (answer?.__typename.endsWith('Success')) return answer as Success<A>
      const refused = answer as Refusal | undefined
      problem.value = refused?.message ?? (error ? describeErrorBriefly(error) : 'The vault gave no answer. Try again.')
      field.value = refused?.field ?? null
      refusal.value = refused?.__typename ?? null
      faults.value = refused?.faults ?? []
      return null
    } finally {
      pending.value = false
    }
  }

  function forget(): void {
    problem.value = ''
    field.value = null
    refusal.value = null
    faults.value = []
  }

  return { pending, problem, field, refusal, faults, send, forget }
}
