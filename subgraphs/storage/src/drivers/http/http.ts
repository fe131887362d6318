import { DomainError } from '@archivolt/kit/errors/domain-error'
import { AccessDenied, BackendUnavailable, DriverError } from '../driver.errors.ts'
import { createSkewMeter } from './clock-skew.ts'
import {
  createRetrier,
  DEFAULT_PACE,
  REAL_CLOCKWORK,
  retryAfter,
  Transient,
  type Clockwork,
  type Pace,
  type Retrier,
} from './retry.ts'

/** The `fetch` of Node or of undici; a guarded one may refuse addresses. */
export type Fetch = typeof globalThis.fetch

/** What every driver over HTTP can be given. */
export interface HttpDeps {
  /** What dials: a guarded one, wherever an address or an answer may lead to another host. */
  fetch: Fetch
  clockwork?: Partial<Clockwork>
  pace?: Partial<Pace>
  /** Longest time for one short call, answer included. @default 30 s */
  callTimeoutMs?: number
  /** Longest time for one call that carries a chunk, or that makes the service read or write a whole object. @default 10 min */
  longTimeoutMs?: number
  /** Longest silence in the middle of a download. @default 60 s */
  idleTimeoutMs?: number
}

export interface Call {
  method: string
  url: string
  headers?: Record<string, string>
  body?: string | Uint8Array
  /** True for calls that move a chunk, or make the service move an object. */
  long?: boolean
  signal?: AbortSignal
}

export interface Http {
  /** One try. Redirects are answers, never followed. @throws Transient when no answer came */
  send(call: Call): Promise<Response>
  retrying: Retrier
  /** Milliseconds this answer asks to wait; null when it does not say. */
  waitAskedBy(response: Response): number | null
  /** For downloads: only the wait for the headers is timed. */
  open(call: Call, controller: AbortController): Promise<Response>
  /** Milliseconds by which the clock of the service is ahead; null when it has not said. */
  clockSkew(): number | null
  readonly idleTimeoutMs: number
  readonly clockwork: Clockwork
}

/** Calls over HTTP with timeouts and bounded retries. `service` is the name people know. */
export function createHttp(service: string, deps: HttpDeps): Http {
  const { fetch } = deps
  const clockwork = { ...REAL_CLOCKWORK, ...deps.clockwork }
  const { callTimeoutMs = 30_000, longTimeoutMs = 600_000, idleTimeoutMs = 60_000 } = deps

  const meter = createSkewMeter(clockwork.now)

  const attempt = async (call: Call, signal: AbortSignal): Promise<Response> => {
    call.signal?.throwIfAborted()
    try {
      const sentAt = clockwork.now()
      const response = await fetch(call.url, { ...initOf(call), signal })
      meter.note(response.headers.get('date'), sentAt, response.headers.get('age'))
      return response
    } catch (error) {
      call.signal?.throwIfAborted()
      throw refusal(service, error)
    }
  }

  return {
    send(call) {
      const timeout = AbortSignal.timeout(call.long ? longTimeoutMs : callTimeoutMs)
      return attempt(call, call.signal ? AbortSignal.any([call.signal, timeout]) : timeout)
    },
    async open(call, controller) {
      const stop = () => controller.abort(call.signal?.reason)
      call.signal?.addEventListener('abort', stop, { once: true })
      const timer = setTimeout(() => controller.abort(new Error('no answer in time')), callTimeoutMs)
      try {
        return await attempt(call, controller.signal)
      } finally {
        clearTimeout(timer)
        call.signal?.removeEventListener('abort', stop)
      }
    },
    retrying: createRetrier({ ...DEFAULT_PACE, ...deps.pace }, clockwork),
    waitAskedBy: (response) => retryAfter(response.headers.get('retry-after'), clockwork.now()),
    clockSkew: meter.read,
    idleTimeoutMs,
    clockwork,
  }
}

function initOf({ method, headers, body }: Call): RequestInit {
  const init: RequestInit = { method, headers, redirect: 'manual', credentials: 'omit' }
  if (typeof body === 'string') return { ...init, body }
  if (body === undefined || body.length === 0) return body ? { ...init, body: '' } : init
  // As a stream of slices: given whole, `fetch` would copy the chunk.
  return { ...init, body: slices(body), duplex: 'half', headers: { ...headers, 'content-length': String(body.length) } }
}

const SLICE = 256 * 1024

function slices(bytes: Uint8Array): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0
  return new ReadableStream(
    {
      pull(controller) {
        if (at >= bytes.length) return controller.close()
        controller.enqueue(bytes.subarray(at, (at += SLICE)) as Uint8Array<ArrayBuffer>)
      },
    },
    { highWaterMark: 0 },
  )
}

/** Why no answer came. A guard's refusal stays refused; all else may pass. */
function refusal(service: string, error: unknown): Error {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof DriverError) return cause
    if (cause instanceof DomainError) return new AccessDenied(cause.message, { cause: error })
  }
  return new Transient(
    new BackendUnavailable(`${service} does not answer. Check the address and the connection, and try again.`, {
      cause: error,
    }),
  )
}

/** Frees the connection of an answer whose body nobody reads. */
export async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => {})
}

const MESSAGE_LIMIT = 64 * 1024

/** The start of an error's text; never the whole of an endless body. */
export async function textOf(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  try {
    for await (const piece of response.body ?? []) {
      text += decoder.decode(piece as Uint8Array, { stream: true })
      if (text.length > MESSAGE_LIMIT) break
    }
  } catch {
    // The status alone must do.
  }
  return text
}

/** The object in an answer. @throws Transient when it breaks off or is no JSON */
export async function jsonOf<T>(service: string, response: Response, signal?: AbortSignal): Promise<T> {
  try {
    return (await response.json()) as T
  } catch (error) {
    signal?.throwIfAborted()
    throw new Transient(
      new BackendUnavailable(`${service} gave an answer that cannot be read. Try again later.`, { cause: error }),
    )
  }
}

/** A path with each segment encoded. */
export function encodePath(path: string): string {
  return path
    .split('/')
    .filter((segment) => segment !== '')
    .map(encodeURIComponent)
    .join('/')
}
