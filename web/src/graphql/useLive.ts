import type { AnyVariables, TypedDocumentNode } from '@urql/core'
import { useClientHandle } from '@urql/vue'
import { onScopeDispose, watch } from 'vue'
import { onEnd, pipe, subscribe } from 'wonka'

/** After the document feed has opened a new connection, which it does for all. */
const PAUSE = 2_500

/**
 * Keeps a subscription open while `variables` gives any. The cache spreads what it says; `heard` is for what is no
 * entity, and `again` is called when it had to be opened anew, so events may have been missed.
 */
export function useLive<Data, Variables extends AnyVariables>(
  subscription: TypedDocumentNode<Data, Variables>,
  variables: () => Variables | null,
  on: { heard?: (data: Data) => void; again?: () => void } = {},
): void {
  const { client } = useClientHandle()
  let stop: () => void = () => {}
  let timer: ReturnType<typeof setTimeout> | undefined

  function listen(given: Variables): void {
    const restart = () => {
      clearTimeout(timer)
      timer = setTimeout(() => {
        end()
        on.again?.()
        listen(given)
      }, PAUSE)
    }
    stop = pipe(
      client.subscription(subscription, given),
      onEnd(restart),
      subscribe(({ data, error }) => {
        if (data) on.heard?.(data)
        else if (error?.networkError) restart()
      }),
    ).unsubscribe
  }
  function end(): void {
    stop()
    // Taking one's leave ends the stream, too: that is no reason to come back.
    clearTimeout(timer)
  }

  watch(
    () => JSON.stringify(variables()),
    () => {
      end()
      const given = variables()
      if (given) listen(given)
    },
    { immediate: true },
  )
  onScopeDispose(end)
}
