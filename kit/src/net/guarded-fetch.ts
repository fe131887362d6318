import { fetch as undiciFetch, type Dispatcher, type RequestInit as UndiciInit } from 'undici'
import { DomainError } from '../errors/domain-error.ts'
import { RedirectRefusedError } from './net.errors.ts'
import { MAX_REDIRECTS, nextHop, redirectOf, type Hop } from './redirects.ts'

type Fetch = typeof globalThis.fetch

/** `fetch` through `dispatcher`, which judges the addresses; redirects are followed here, hop by hop. */
export function createGuardedFetch(dispatcher: Dispatcher): Fetch {
  return async (input, init) => {
    const request = input instanceof Request ? await partsOf(input) : { url: String(input) }
    const { url, redirect = 'follow', method = 'GET', headers, body, ...rest } = { ...request, ...init }
    let hop: Hop = { url: new URL(url), method: method.toUpperCase(), headers: new Headers(headers), body }
    for (let followed = 0; ; followed++) {
      const response = await send(hop, { ...rest, dispatcher } as UndiciInit)
      const location = redirectOf(response)
      if (location === null || redirect === 'manual') return response
      // Frees the connection; what a redirect says beside its address is of no use.
      await response.body?.cancel()
      if (redirect === 'error') throw new RedirectRefusedError('though none is expected')
      if (followed === MAX_REDIRECTS) throw new RedirectRefusedError('too many times')
      hop = nextHop(hop, response.status, location)
    }
  }
}

async function send({ url, ...hop }: Hop, init: UndiciInit): Promise<Response> {
  if (!/^https?:$/.test(url.protocol)) throw new TypeError(`${url.protocol} is no web address`)
  try {
    const sent = { ...init, ...hop, headers: [...hop.headers], redirect: 'manual', duplex: 'half' } as UndiciInit
    // Its Response is that of Node's own fetch in all but the copy of the class.
    return (await undiciFetch(url.href, sent)) as unknown as Response
  } catch (error) {
    throw error instanceof TypeError && error.cause instanceof DomainError ? error.cause : error
  }
}

/** undici knows only Requests of its own making. */
async function partsOf(request: Request) {
  const { url, method, headers, redirect, signal } = request
  return { url, method, headers, redirect, signal, body: request.body && (await request.arrayBuffer()) }
}
