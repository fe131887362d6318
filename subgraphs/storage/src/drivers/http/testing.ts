import { Readable } from 'node:stream'
import type { Fetch } from './http.ts'
import type { Clockwork } from './retry.ts'
import type { KeptTokens, TokenStore } from './tokens.ts'

/** Tokens kept by one process alone. `rotated` is told each new refresh token. */
export function memoryTokens(refreshToken: string, rotated: (refreshToken: string) => void = () => {}): TokenStore {
  let kept: KeptTokens = { refreshToken, accessToken: null, expiresAt: 0 }
  return {
    async change(work) {
      const next = await work(kept)
      if (next.refreshToken !== kept.refreshToken) rotated(next.refreshToken)
      return (kept = next)
    },
  }
}

/** A clock whose waits are noted and take no time. */
export function fakeClockwork(): Partial<Clockwork> & { waits: number[] } {
  const waits: number[] = []
  let time = Date.now()
  return {
    waits,
    async sleep(ms, signal) {
      signal?.throwIfAborted()
      waits.push(ms)
      time += ms
    },
    now: () => time,
    random: () => 0,
  }
}

export interface Sent {
  method: string
  url: URL
  authorization: string | null
  status: number | null
}

/** The real `fetch`, noting what was sent where. */
export function recordingFetch(): { fetch: Fetch; sent: Sent[] } {
  const sent: Sent[] = []
  const fetch: Fetch = async (input, init) => {
    const note: Sent = {
      method: init?.method ?? 'GET',
      url: new URL(String(input)),
      authorization: new Headers(init?.headers).get('authorization'),
      status: null,
    }
    sent.push(note)
    const response = await globalThis.fetch(input, init)
    note.status = response.status
    return response
  }
  return { fetch, sent }
}

/** Bytes made as they are read; `pulled` says how many were. */
export function measuredSource(size: number): { stream: Readable; pulled: () => number } {
  let pulled = 0
  const stream = new Readable({
    highWaterMark: 64 * 1024,
    read() {
      const chunk = Buffer.alloc(Math.min(64 * 1024, size - pulled), pulled / 64 / 1024)
      pulled += chunk.length
      this.push(chunk.length === 0 ? null : chunk)
    },
  })
  return { stream, pulled: () => pulled }
}
