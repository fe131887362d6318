import type { Readable } from 'node:stream'
import type { PutOptions } from './driver.ts'
import { DriverError, SourceFailed, WrongSize } from './driver.errors.ts'

export interface Body {
  /** The bytes as they come. Ends well only with the announced length. @throws WrongSize, SourceFailed, the signal's reason */
  chunks: AsyncGenerator<Buffer, void, void>
  /** Lets go of the source; to be called however the write ended. */
  release(): void
}

/**
 * Takes hold of bytes on their way into a place. To be called before a driver waits for anything: a source that fails
 * meanwhile would otherwise find nobody listening, and end the process.
 */
export function holdBody(source: Readable, { size, signal }: PutOptions): Body {
  const stop = () => source.destroy(asError(signal?.reason))
  source.on('error', ignore)
  if (signal?.aborted) stop()
  else signal?.addEventListener('abort', stop, { once: true })

  async function* chunks(): AsyncGenerator<Buffer, void, void> {
    signal?.throwIfAborted()
    let wrong: WrongSize | undefined
    let read = 0
    try {
      for await (const chunk of source as AsyncIterable<Buffer>) {
        read += chunk.length
        if (size !== undefined && read > size) throw (wrong = new WrongSize(size, read))
        yield chunk
      }
    } catch (error) {
      signal?.throwIfAborted()
      throw error === wrong ? error : new SourceFailed({ cause: error })
    }
    signal?.throwIfAborted()
    if (size !== undefined && read !== size) throw new WrongSize(size, read)
  }

  return {
    chunks: chunks(),
    release() {
      signal?.removeEventListener('abort', stop)
      source.destroy()
    },
  }
}

/** The same bytes in pieces of exactly `size` bytes; the last may be smaller. No bytes make one empty piece. */
export async function* piecesOf(
  chunks: AsyncIterable<Buffer>,
  size: number,
): AsyncGenerator<{ bytes: Buffer; last: boolean }, void, void> {
  let held: Buffer[] = []
  let length = 0
  for await (const chunk of chunks) {
    let rest = chunk
    // A full piece is handed on when more follows, so that the last one is known to be the last.
    while (length + rest.length > size) {
      const cut = size - length
      yield { bytes: Buffer.concat([...held, rest.subarray(0, cut)], size), last: false }
      rest = rest.subarray(cut)
      held = []
      length = 0
    }
    held.push(rest)
    length += rest.length
  }
  yield { bytes: Buffer.concat(held, length), last: true }
}

/**
 * Reads up to `limit` bytes. When the body ended within them, `rest` is null and they are all there is; else they are
 * followed by `rest`.
 */
export async function firstBytes(
  chunks: AsyncGenerator<Buffer, void, void>,
  limit: number,
): Promise<{ held: Buffer[]; length: number; rest: AsyncGenerator<Buffer, void, void> | null }> {
  const held: Buffer[] = []
  let length = 0
  while (length <= limit) {
    const next = await chunks.next()
    if (next.done) return { held, length, rest: null }
    held.push(next.value)
    length += next.value.length
  }
  return { held, length, rest: chunks }
}

/** What a failed call of a driver rejects with: the signal's reason, an error of ours as it is, or the foreign one explained. */
export function failure(
  error: unknown,
  signal: AbortSignal | undefined,
  explain: (error: unknown) => unknown,
): unknown {
  if (signal?.aborted) return signal.reason
  return error instanceof DriverError ? error : explain(error)
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason })
}

const ignore = () => {}
