import { setTimeout as sleep } from 'node:timers/promises'
import { ABORT_UPLOAD, COMPLETE_UPLOAD, type Person, REFRESH } from '../../e2e/src/api.ts'
import type { Random } from '../lib/random.ts'
import type { Journal } from './journal.ts'

/** A mutation's answer: the type it came as, and what it carries. */
export interface Answer {
  type: string
  code: string
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the shape follows from the operation
  data: Record<string, any>
}

/** The vault did not give a usable answer for longer than a person would wait. */
export class Stuck extends Error {}

export interface Client {
  person: Person
  random: Random
  /** Asks until there is an answer, as a good client does: with growing pauses, signing in again where needed. */
  ask(query: string, variables: object, deadline: number): Promise<Answer>
  complete(uploadId: string, deadline: number): Promise<Answer>
  abort(uploadId: string, deadline: number): Promise<Answer>
  /** A pause before the next try. */
  breathe(attempt: number): Promise<void>
}

/** Codes with which the vault says "not now". */
const PASSING = new Set(['UNAVAILABLE', 'unavailable', 'RATE_LIMITED'])

export function createClient(person: Person, random: Random, journal: Journal): Client {
  const breathe = async (attempt: number) => {
    await sleep(Math.min(2000, 50 * 2 ** Math.min(attempt, 6)) * (0.5 + random.next()))
  }

  const askOnce = async (query: string, variables: object): Promise<Answer | null> => {
    const reply = await person.send(query, variables).catch(() => null)
    if (!reply) {
      journal.count('GraphQL: no answer')
      return null
    }
    const code = reply.errors?.[0]?.extensions?.code
    if (reply.errors) {
      journal.count(`GraphQL: ${code ?? reply.errors[0]?.message}`)
      if (code === 'UNAUTHENTICATED') await renewSession(person)
      if (code && /^[a-z]/.test(code) && !PASSING.has(code)) return { type: 'Refusal', code, data: {} }
      return null
    }
    const data = Object.values(reply.data ?? {})[0] as Record<string, string>
    if (PASSING.has(data?.code ?? '')) {
      journal.count(`GraphQL: ${data.code}`)
      return null
    }
    return { type: data?.__typename ?? '', code: data?.code ?? '', data }
  }

  const ask: Client['ask'] = async (query, variables, deadline) => {
    for (let attempt = 0; ; attempt++) {
      const answer = await askOnce(query, variables)
      if (answer) return answer
      if (Date.now() > deadline) throw new Stuck('GraphQL gave no answer in time')
      await breathe(attempt)
    }
  }
  return {
    person,
    random,
    ask,
    complete: (uploadId, deadline) => ask(COMPLETE_UPLOAD, { input: { uploadId } }, deadline),
    abort: (uploadId, deadline) => ask(ABORT_UPLOAD, { input: { uploadId } }, deadline),
    breathe,
  }
}

async function renewSession(person: Person): Promise<void> {
  const reply = await person.send(REFRESH).catch(() => null)
  const token = reply?.data?.refreshSession?.accessToken
  if (!token) return
  person.token = token
  person.cookie = reply?.setCookies[0]?.split(';')[0] ?? person.cookie
}
