import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { AuthType, createClient } from 'webdav'
import { createSkewMeter } from '../http/clock-skew.ts'
import type { WebdavAccount } from './webdav.config.ts'
import { statusOf } from './webdav.errors.ts'
import { forOrigin } from './webdav.origin.ts'

/** What connects; a guard of outbound addresses gives its own. */
export interface Agents {
  http: HttpAgent
  https: HttpsAgent
}

export interface WebdavRequest {
  method: string
  headers?: Record<string, string>
  /** A stream can be sent but once: such a request is not repeated. */
  body?: Buffer | string | Readable
  signal?: AbortSignal
}

export interface WebdavAnswer {
  status: number
  header(name: string): string | null
  /** To be read to its end, or destroyed: it holds a connection. */
  body: Readable
}

export interface WebdavClient {
  /**
   * Asks for a path below the account's address, given in segments that are not encoded yet; repeats what the server was too busy
   * for. A folder's path ends in an empty segment. @throws the client's error, with `status` when an answer came
   */
  request(segments: readonly string[], request: WebdavRequest): Promise<WebdavAnswer>
  /** The address of a path, for headers that name one. */
  urlOf(segments: readonly string[]): string
  /** Milliseconds by which the clock of the server is ahead; null when it has not said. */
  clockSkew(): number | null
  close(): void
}

/** Attempts of one request, the first included. */
const MAX_ATTEMPTS = 5
const FIRST_WAIT_MS = 200
/** A server that asks for more patience is answered with a failure; whoever called may come back. */
const LONGEST_WAIT_MS = 20_000
/** Locked, too many requests, bad gateway, unavailable, gateway timeout: things that pass. */
const PASSING = new Set([423, 429, 502, 503, 504])
const BROKEN = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ERR_STREAM_PREMATURE_CLOSE'])
/** For an answer to begin, once the request is sent. Apache copies large files before it answers. */
const ANSWER_TIMEOUT_MS = 120_000

export function openClient(account: WebdavAccount, agents?: Agents): WebdavClient {
  const own = agents
    ? null
    : {
        http: new HttpAgent({ keepAlive: true, maxSockets: 50 }),
        https: new HttpsAgent({ keepAlive: true, maxSockets: 50 }),
      }
  const { http, https } = agents ?? own!
  const dav = createClient(account.url, {
    authType: AuthType.Password,
    username: account.username,
    password: account.password,
    httpAgent: forOrigin(http, account.url),
    httpsAgent: forOrigin(https, account.url),
  })
  const base = account.url.replace(/\/+$/, '')
  const urlOf = (segments: readonly string[]) => [base, ...segments.map(encodeURIComponent)].join('/')

  const meter = createSkewMeter()
  const noteTime = (answer: Answered | undefined, sentAt: number) =>
    meter.note(answer?.headers?.get('date'), sentAt, answer?.headers?.get('age'))

  const once = async (
    segments: readonly string[],
    { method, headers = {}, body, signal }: WebdavRequest,
  ): Promise<WebdavAnswer> => {
    const timeout = new AbortController()
    // A stream takes its own time; only what follows it is timed, by whoever sends it.
    const timer = isStream(body)
      ? undefined
      : setTimeout(() => timeout.abort(new Error('no answer')), ANSWER_TIMEOUT_MS)
    const sentAt = Date.now()
    try {
      const answer = await dav.customRequest('', {
        url: urlOf(segments),
        method,
        headers,
        data: body,
        signal: signal ? AbortSignal.any([signal, timeout.signal]) : timeout.signal,
      })
      noteTime(answer, sentAt)
      return { status: answer.status, header: (name) => answer.headers.get(name), body: bodyOf(answer) }
    } catch (error) {
      const { response } = error as { response?: Answered }
      noteTime(response, sentAt)
      await drain(response)
      throw timeout.signal.aborted ? new Error('The server did not answer in time.', { cause: error }) : error
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    urlOf,
    clockSkew: meter.read,
    async request(segments, request) {
      for (let attempt = 1; ; attempt++) {
        request.signal?.throwIfAborted()
        try {
          return await once(segments, request)
        } catch (error) {
          const wait = waitAfter(error, attempt)
          if (wait === null || isStream(request.body) || request.signal?.aborted) throw error
          await sleep(wait, undefined, { signal: request.signal })
        }
      }
    },
    close() {
      own?.http.destroy()
      own?.https.destroy()
    },
  }
}

/** What of an answer the client's errors keep, too. */
interface Answered {
  headers?: { get(name: string): string | null }
}

/** Milliseconds to wait before the next attempt; null when there is to be none. */
export function waitAfter(error: unknown, attempt: number): number | null {
  const passing = PASSING.has(statusOf(error) ?? 0) || BROKEN.has((error as NodeJS.ErrnoException).code ?? '')
  if (!passing || attempt >= MAX_ATTEMPTS) return null
  const asked = retryAfter(
    (error as { response?: { headers?: { get(name: string): string | null } } }).response?.headers?.get('retry-after'),
  )
  if (asked > LONGEST_WAIT_MS) return null
  // Half of the wait is left to chance, so that many who were refused at once do not come back at once.
  return Math.max(asked, FIRST_WAIT_MS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2))
}

/** Milliseconds that a `Retry-After` header asks for, given in seconds or as a date; 0 for none. */
function retryAfter(value: string | null | undefined): number {
  if (!value) return 0
  const seconds = Number(value)
  const ms = Number.isNaN(seconds) ? Date.parse(value) - Date.now() : seconds * 1000
  return Number.isNaN(ms) ? 0 : Math.max(ms, 0)
}

/** The client's type knows only what browsers have too; on Node the body is a stream. */
function bodyOf(answer: unknown): Readable {
  return (answer as { body: Readable }).body
}

/** An unread answer keeps its connection from the next request. */
async function drain(response: unknown): Promise<void> {
  if (response) await text(bodyOf(response)).catch(() => {})
}

function isStream(body: WebdavRequest['body']): body is Readable {
  return typeof body === 'object' && !Buffer.isBuffer(body)
}
