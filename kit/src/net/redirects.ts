import { RedirectRefusedError } from './net.errors.ts'

export const MAX_REDIRECTS = 5

export interface Hop {
  url: URL
  method: string
  headers: Headers
  body?: RequestInit['body']
}

/** Headers that say nothing of who asks. All others stay at home when a redirect leaves the origin: any may be a key. */
const PUBLIC_HEADERS = new Set(['accept', 'accept-encoding', 'accept-language', 'range', 'user-agent'])

/** Where an answer sends the request; null when it is an answer to keep. */
export function redirectOf(response: { status: number; headers: { get(name: string): string | null } }): string | null {
  return [301, 302, 303, 307, 308].includes(response.status) ? response.headers.get('location') : null
}

/**
 * The request that follows a redirect, as the Fetch standard forms it, but stricter: never from https to http, never
 * with credentials or a body to another origin.
 * @throws RedirectRefusedError
 */
export function nextHop(from: Hop, status: number, location: string): Hop {
  const url = URL.parse(location, from.url.href)
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new RedirectRefusedError('to something that is no web address')
  }
  if (url.username !== '' || url.password !== '') throw new RedirectRefusedError('to an address with a password in it')
  if (from.url.protocol === 'https:' && url.protocol === 'http:')
    throw new RedirectRefusedError('from https to plain http')

  const hop = becomesGet(from.method, status) ? withoutBody(from, url) : { ...from, url }
  if (url.origin === from.url.origin) {
    if (hop.body && isSpent(hop.body)) throw new RedirectRefusedError('a request that can be sent only once')
    return hop
  }
  if (hop.body) throw new RedirectRefusedError('what was sent to another host')
  return { ...hop, headers: new Headers([...hop.headers].filter(([name]) => PUBLIC_HEADERS.has(name))) }
}

function becomesGet(method: string, status: number): boolean {
  if (status === 303) return method !== 'GET' && method !== 'HEAD'
  return method === 'POST' && (status === 301 || status === 302)
}

function withoutBody(from: Hop, url: URL): Hop {
  return {
    url,
    method: 'GET',
    headers: new Headers([...from.headers].filter(([name]) => !name.startsWith('content-'))),
  }
}

/** A stream has flowed away with the first request. */
function isSpent(body: NonNullable<Hop['body']>): boolean {
  return typeof body === 'object' && (body instanceof ReadableStream || Symbol.asyncIterator in body)
}
