import { withLock } from '../src/features/session/lib/with-lock.ts'

const REFRESH = '{ refreshSession { ... on RefreshSessionSuccess { accessToken } ... on Error { message } } }'

/** The token that every request of this page carries. In memory only, as in the client itself. */
export const access = { token: '' }

/** Exchanges this browser's refresh cookie for an access token; the same lock as the client, so that no tab loses it. */
export async function useSignIn(): Promise<string> {
  const response = await withLock('archivolt-refresh', () =>
    fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      credentials: 'same-origin',
      body: JSON.stringify({ query: `mutation ${REFRESH}` }),
    }),
  )
  const { data, errors } = await response.json()
  if (!data?.refreshSession?.accessToken) {
    throw new Error(data?.refreshSession?.message ?? errors?.[0]?.message ?? 'Sign in to the vault first.')
  }
  return data.refreshSession.accessToken
}
