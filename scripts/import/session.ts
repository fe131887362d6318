import { setTimeout as sleep } from 'node:timers/promises'

export interface Session {
  url: string
  /** The `data` of an operation; signs in again when the token has run out, and waits when asked to. @throws Refused, Error */
  ask<Data>(query: string, variables: object, signal: AbortSignal): Promise<Data>
}

/** The vault has answered, and it is no. */
export class Refused extends Error {}

export type Account = { token: string } | { email: string; password: string }

const LOGIN = `mutation ($input: LoginInput!) { login(input: $input) {
  __typename ... on LoginSuccess { accessToken } ... on Error { message } } }`
const TIMEOUT_MS = 60_000
/** With doubling pauses from 1 s, somewhat over four minutes: a restart of the vault fits in. */
const TRIES = 9

/** A session that outlasts tokens, restarts and limits. @throws Refused when the vault does not let the account in */
export async function openSession(url: string, account: Account, signal: AbortSignal): Promise<Session> {
  let token = 'token' in account ? account.token : await signIn(url, account)
  const ask = async <Data>(query: string, variables: object, signal: AbortSignal): Promise<Data> => {
    for (let attempt = 1; ; attempt++) {
      const answer = await post(url, token, query, variables, signal).catch((error: unknown) => ({ error }))
      if ('data' in answer) return answer.data as Data
      if ('unauthenticated' in answer) {
        if ('token' in account || attempt > 3) throw new Refused('The vault does not take this token any more.')
        token = await signIn(url, account)
        continue
      }
      if ('refused' in answer) throw new Refused(answer.refused)
      signal.throwIfAborted()
      if (attempt >= TRIES)
        throw 'error' in answer ? answer.error : new Error('the vault asks to wait, again and again')
      const ms = 'waitMs' in answer ? answer.waitMs : Math.min(60_000, 1000 * 2 ** (attempt - 1))
      await sleep(ms, undefined, { signal })
    }
  }
  // A wrong token is told now, not at the first file.
  await ask('{ me { id } }', {}, signal)
  return { url, ask }
}

async function signIn(url: string, account: { email: string; password: string }): Promise<string> {
  const answer = await post(url, null, LOGIN, { input: account }, AbortSignal.timeout(TIMEOUT_MS))
  const login = 'data' in answer ? (answer.data as { login: { accessToken?: string; message?: string } }).login : null
  if (login?.accessToken) return login.accessToken
  throw new Refused(
    login?.message ?? 'The account has a second factor: give an API token with documents:write instead.',
  )
}

type Answer =
  { data: unknown } | { unauthenticated: true } | { refused: string } | { waitMs: number } | { error: unknown }

async function post(
  url: string,
  token: string | null,
  query: string,
  variables: object,
  signal: AbortSignal,
): Promise<Answer> {
  const reply = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  })
  const body = (await reply.json()) as {
    data?: unknown
    errors?: { message: string; extensions?: { code?: string } }[]
  }
  const error = body.errors?.[0]
  if (!error && body.data) return { data: body.data }
  const code = error?.extensions?.code
  if (code === 'UNAUTHENTICATED') return { unauthenticated: true }
  if (code === 'RATE_LIMITED' || reply.status === 429)
    return { waitMs: 1000 * Math.max(1, Number(reply.headers.get('retry-after') ?? 5)) }
  if (code === 'FORBIDDEN' || code === 'BAD_USER_INPUT' || code === 'GRAPHQL_VALIDATION_FAILED')
    return { refused: error?.message ?? code }
  return { error: new Error(error?.message ?? `the vault answered ${reply.status}`) }
}
