import type { TypedDocumentNode } from '@urql/core'
import { useClientHandle } from '@urql/vue'
import { ref } from 'vue'
import { describeErrorBriefly } from '@/graphql/describe-error.ts'

type Answer = { __typename: string }
type Success<A extends Answer> = Extract<A, { __typename: `${string}Success` }>

/** One change at a time, with either its success or a sentence to show beside the button. */
export function useChange() {
  const { client } = useClientHandle()
  const pending = ref(false)
  const problem = ref('')
  /** The path of the input that the server objects to. */
  const field = ref<string | null>(null)

  async function send<Key extends string, A extends Answer, Variables extends object>(
    name: Key,
    mutation: TypedDocumentNode<{ [K in Key]: A }, Variables>,
    variables: Variables,
  ): Promise<Success<A> | null> {
    if (pending.value) return null
    pending.value = true
    forget()
    const { data, error } = await client.mutation(mutation, variables).toPromise()
    pending.value = false
    const answer = data?.[name]
    if (answer?.__typename.endsWith('Success')) return answer as Success<A>
    const refusal = answer as { message?: string; field?: string } | undefined
    problem.value = refusal?.message ?? (error ? describeErrorBriefly(error) : 'The vault gave no answer. Try again.')
    field.value = refusal?.field ?? null
    return null
  }

  function forget(): void {
    problem.value = ''
    field.value = null
  }

  return { pending, problem, field, send, forget }
}
