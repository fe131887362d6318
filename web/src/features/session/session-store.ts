import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { createBareClient } from '@/graphql/client.ts'
import { isUnauthenticated } from '@/graphql/exchanges/auth.ts'
import type { Tokens } from '@/graphql/tokens.ts'
import { holdToken, type AccessToken } from './lib/access-token.ts'
import { administers, type Area } from './lib/administration.ts'
import { singleFlight } from './lib/single-flight.ts'
import { withLock } from './lib/with-lock.ts'
import { Logout, RefreshSession, SessionSelf, type SessionUser } from './session-documents.ts'

export interface Grant {
  accessToken: string
  expiresAt: string
  user: SessionUser
}

/**
 * Who is signed in. The access token lives in this closure alone: not in storage, not in the store's state. The refresh
 * cookie, which scripts cannot read, brings it back after a reload.
 */
export const useSession = defineStore('session', () => {
  const state = ref<'restoring' | 'signed-in' | 'signed-out' | 'unreachable'>('restoring')
  const user = ref<SessionUser | null>(null)
  const groups = ref<string[]>([])
  const wantedTheme = ref<'SYSTEM' | 'LIGHT' | 'DARK' | null>(null)
  const client = createBareClient()
  const otherTabs = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('archivolt-session')
  let token: AccessToken | null = null

  function begin(grant: Grant): void {
    // Another person's lists may still be in memory: start from nothing.
    if (user.value && user.value.id !== grant.user.id) location.reload()
    token = holdToken(grant.accessToken, grant.expiresAt)
    user.value = grant.user
    state.value = 'signed-in'
    self ??= readSelf()
  }

  let self: Promise<void> | null = null
  /** The grant itself cannot tell: whoever is just signing in is not seen as a member of anything yet. */
  async function readSelf(): Promise<void> {
    const { data } = await client.query(SessionSelf, {}, { fetchOptions: { headers: bearer() } }).toPromise()
    if (!data?.me) return
    // A group that someone made and called like this opens nothing.
    groups.value = data.me.groups.flatMap(({ name, builtIn }) => (builtIn ? [name] : []))
    wantedTheme.value = data.me.preferences?.theme ?? null
  }
  const may = (area: Area): boolean => administers(user.value?.role, groups.value, area)
  /** The same for a guard, which has time to wait for the groups. */
  async function mayEnter(area: Area): Promise<boolean> {
    if (!may(area)) await self
    return may(area)
  }
  const administersAnything = computed(
    () => user.value?.role === 'ADMIN' || groups.value.some((g) => g.endsWith('-admin')),
  )
  const bearer = (): Record<string, string> => (token ? { authorization: `Bearer ${token.value}` } : {})

  function end(): void {
    token = null
    state.value = 'signed-out'
  }

  const refresh = singleFlight(() =>
    withLock('archivolt-refresh', async () => {
      const { data, error } = await client.mutation(RefreshSession, {}).toPromise()
      const answer = data?.refreshSession
      if (answer?.__typename === 'RefreshSessionSuccess') begin(answer)
      else if (answer || (error && isUnauthenticated(error))) end()
      // Neither yes nor no: the server is away, which says nothing about the session.
      else if (state.value === 'restoring') state.value = 'unreachable'
    }),
  )

  let restoring: Promise<void> | null = null
  /** Asks once, on load, whether the cookie still holds a session. */
  const restore = (): Promise<void> => (restoring ??= refresh())

  async function retry(): Promise<void> {
    state.value = 'restoring'
    await refresh()
  }

  async function signOut(): Promise<void> {
    await client.mutation(Logout, {}, { fetchOptions: { headers: bearer() } }).toPromise()
    signedOut()
  }

  /** After the server has ended this session by another way: here and in all tabs. */
  function signedOut(): void {
    otherTabs?.postMessage('signed-out')
    leave()
  }

  // A full load rather than a route: nothing of the person's lists, uploads and sockets stays in memory.
  const leave = () => location.assign('/sign-in')
  if (otherTabs) otherTabs.onmessage = (event) => event.data === 'signed-out' && leave()

  const tokens: Tokens = {
    fresh: () => token !== null && Date.now() < token.staleAt,
    header: () => (token ? `Bearer ${token.value}` : null),
    refresh,
    refused: end,
  }

  return {
    state,
    user,
    wantedTheme,
    administersAnything,
    may,
    mayEnter,
    client: () => client,
    tokens: () => tokens,
    begin,
    restore,
    retry,
    signOut,
    signedOut,
  }
})
