import type { CombinedError } from '@urql/core'

/** What went wrong and what to do about it, for a person. */
export interface Trouble {
  title: string
  advice: string
}

export function describeError(error: CombinedError): Trouble {
  const first = error.graphQLErrors[0]
  const status = error.response?.status as number | undefined
  if (!first && status === 429) {
    return { title: 'Too many requests', advice: 'Wait a minute, then try again.' }
  }
  if (!first && status !== undefined && status >= 500) {
    return { title: 'The vault is not ready', advice: 'It may be starting. Try again in a moment.' }
  }
  if (!first) {
    return { title: 'The vault cannot be reached', advice: 'Check your connection to the server, then try again.' }
  }
  switch (first.extensions?.code) {
    case 'UNAUTHENTICATED':
      return { title: 'You are signed out', advice: 'Sign in again to continue.' }
    case 'FORBIDDEN':
      return { title: 'You may not see this', advice: 'Ask an administrator for access.' }
    case 'RATE_LIMITED':
      return { title: 'Too many requests', advice: 'Wait a minute, then try again.' }
    case 'INTERNAL_SERVER_ERROR':
      return { title: 'This did not work', advice: first.message }
    default:
      return { title: 'This did not work', advice: first.message || 'Try again in a moment.' }
  }
}

/** The same in one line, for places without room for two. */
export function describeErrorBriefly(error: CombinedError): string {
  const { title, advice } = describeError(error)
  return title === 'This did not work' ? advice : `${title}. ${advice}`
}
