import type { Client } from '@urql/core'
import { ref, shallowRef } from 'vue'
import { useRetryAfter } from '@/features/session/composables/useRetryAfter.ts'
import { describeError, type Trouble } from '@/graphql/describe-error.ts'
import { DownloadSharedLink, OpenSharedLink, type SharedLinkFacts } from '../shared-link-documents.ts'

type Refusal = { __typename: string; message?: string; retryAfterSeconds?: number }

/**
 * A link as a stranger opens it: `client` carries no session and no cache, and the password stays in this closure alone.
 */
export function useSharedLink(client: Client, token: string) {
  const state = ref<'opening' | 'open' | 'password' | 'closed' | 'waiting' | 'trouble'>('opening')
  const link = shallowRef<SharedLinkFacts | null>(null)
  const trouble = ref<Trouble | null>(null)
  const pending = ref(false)
  /** What stands beside the password, or beside the button. */
  const problem = ref('')
  const wait = useRetryAfter()
  let password: string | null = null

  async function open(given: string | null = null): Promise<void> {
    pending.value = true
    problem.value = ''
    const { data, error } = await client.query(OpenSharedLink, { token, password: given }).toPromise()
    pending.value = false
    const answer = data?.sharedLink
    if (answer?.__typename === 'SharedLink') {
      password = given
      link.value = answer
      state.value = 'open'
    } else if (answer?.__typename === 'LinkPasswordError') {
      state.value = 'password'
      problem.value = given === null ? '' : answer.message
    } else if (answer) refused(answer)
    else {
      trouble.value = error ? describeError(error) : null
      state.value = 'trouble'
    }
  }

  /** @returns the address of the bytes, good for a minute; null when the page says why there is none */
  async function download(): Promise<string | null> {
    pending.value = true
    problem.value = ''
    const { data, error } = await client.mutation(DownloadSharedLink, { input: { token, password } }).toPromise()
    pending.value = false
    const answer = data?.downloadSharedLink
    if (answer?.__typename === 'DownloadSharedLinkSuccess') {
      link.value = answer.link
      return answer.url
    }
    if (answer?.__typename === 'UnavailableError') problem.value = answer.message
    else if (answer) refused(answer)
    else {
      const { title, advice } = error ? describeError(error) : { title: 'This did not work', advice: 'Try again.' }
      problem.value = `${title}. ${advice}`
    }
    return null
  }

  function refused(answer: Refusal): void {
    if (answer.__typename === 'RateLimitedError') {
      wait.start(answer.retryAfterSeconds ?? 60)
      // Whoever is at the password stays there, and so does whoever sees the document.
      if (state.value === 'opening' || state.value === 'trouble') state.value = 'waiting'
    } else if (answer.__typename === 'LinkPasswordError') {
      state.value = 'password'
      problem.value = answer.message ?? ''
    } else {
      link.value = null
      state.value = 'closed'
    }
  }

  void open()
  return { state, link, trouble, pending, problem, wait, open, download }
}
