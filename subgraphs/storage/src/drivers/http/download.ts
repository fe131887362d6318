import { Readable } from 'node:stream'
import type { ByteRange } from '../driver.ts'
import { BackendUnavailable } from '../driver.errors.ts'
import type { Http } from './http.ts'
import { Transient } from './retry.ts'

export interface DownloadOptions {
  http: Http
  service: string
  range?: ByteRange
  signal?: AbortSignal
  /**
   * Asks for the bytes from `start`, to `end` when it is set, and gives the answer once it is a good one. Called again
   * from where a broken answer ended: objects never change.
   */
  open(part: { start: number; end?: number }, controller: AbortController): Promise<Response>
}

/** Times a download is taken up again without a new byte in between. */
const RESUMES = 4

/**
 * The bytes of an object as a stream that survives broken connections. Resolves when the first answer is good, so that
 * an absent object is a refusal here, not a broken stream.
 */
export async function download({ http, service, range, signal, open }: DownloadOptions): Promise<Readable> {
  const start = range?.start ?? 0
  const closing = new AbortController()
  const ended = signal ? AbortSignal.any([signal, closing.signal]) : closing.signal
  let controller = new AbortController()
  const fetchFrom = (from: number) =>
    http.retrying(async () => {
      controller = new AbortController()
      const response = await open({ start: from, end: range?.end }, controller)
      return skipTo(service, response, from)
    }, ended)
  const first = await fetchFrom(start)
  const end = range ? range.end + 1 : first.total

  async function* bytes(): AsyncGenerator<Uint8Array> {
    let at = start
    let resumes = 0
    for (let part = first; ; part = await fetchFrom(at)) {
      try {
        for await (const piece of guarded(part.body, () => controller, http.idleTimeoutMs)) {
          const wanted = end === null ? piece : piece.subarray(0, end - at)
          at += wanted.length
          resumes = 0
          if (wanted.length > 0) yield wanted
        }
        if (end === null || at >= end) return
        throw new Error('the answer ended early')
      } catch (error) {
        ended.throwIfAborted()
        if (++resumes > RESUMES) {
          throw new BackendUnavailable(`${service} broke off in the middle of the file. Try again later.`, {
            cause: error,
          })
        }
      }
    }
  }
  const stop = (reason?: Error) => {
    closing.abort(reason)
    controller.abort(reason)
  }
  return streamOf(bytes(), stop, signal)
}

interface Part {
  body: AsyncIterable<Uint8Array>
  /** Size of the whole object; null when the answer does not say. */
  total: number | null
}

/** A service may answer a range with the whole: then what comes before is dropped. */
async function skipTo(service: string, response: Response, from: number): Promise<Part> {
  const body = (response.body ?? []) as AsyncIterable<Uint8Array>
  if (response.status === 206) {
    const [, first, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '') ?? []
    if (Number(first) !== from) {
      await response.body?.cancel().catch(() => {})
      throw new Transient(new BackendUnavailable(`${service} sent another part of the file than was asked for.`))
    }
    return { body, total: total === '*' ? null : Number(total) }
  }
  const length = response.headers.get('content-length')
  return { body: from === 0 ? body : drop(body, from), total: length === null ? null : Number(length) }
}

async function* drop(body: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count
  for await (const piece of body) {
    const skipped = Math.min(left, piece.length)
    left -= skipped
    if (skipped < piece.length) yield piece.subarray(skipped)
  }
}

/** Ends a body that has gone silent. The clock runs only while bytes are waited for, not while the reader is slow. */
async function* guarded(body: AsyncIterable<Uint8Array>, controller: () => AbortController, idleMs: number) {
  const source = body[Symbol.asyncIterator]()
  try {
    for (;;) {
      const timer = setTimeout(() => controller().abort(new Error('silence')), idleMs)
      const { done, value } = await source.next().finally(() => clearTimeout(timer))
      if (done) return
      yield value
    }
  } finally {
    await source.return?.().catch(() => {})
  }
}

/** Unlike `Readable.from`, destroying it ends a read that is still waiting for the network. */
function streamOf(source: AsyncGenerator<Uint8Array>, stop: (reason?: Error) => void, signal?: AbortSignal): Readable {
  return new Readable({
    highWaterMark: 256 * 1024,
    signal,
    read() {
      source.next().then(
        ({ done, value }) => this.push(done ? null : value),
        (error: Error) => this.destroy(error),
      )
    },
    destroy(error, done) {
      stop(error ?? undefined)
      done(error)
    },
  })
}
