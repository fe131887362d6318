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

export interface Piece {
  bytes: Buffer
  last: boolean
  /** Says that `bytes` are needed no more: their memory is used for a later piece. Optional. */
  release(): void
}

/**
 * The same bytes in pieces of exactly `size` bytes; the last may be smaller. No bytes make one empty piece.
 * @param total bytes there will be, if known, so that little is set aside for a small body
 */
export async function* piecesOf(
  chunks: AsyncIterable<Buffer>,
  size: number,
  total?: number,
): AsyncGenerator<Piece, void, void> {
  // Fresh memory for each piece costs more than its sending: the system clears it, and the collector has to free it.
  const free: Buffer[] = []
  let left = total ?? Infinity
  const take = () => free.pop() ?? Buffer.allocUnsafeSlow(Math.max(1, Math.min(size, left)))
  const pieceOf = (memory: Buffer, length: number, last: boolean): Piece => {
    left -= length
    return { bytes: memory.subarray(0, length), last, release: () => void free.push(memory) }
  }
  let memory = take()
  let length = 0
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      // A full piece is handed on when more follows, so that the last one is known to be the last.
      if (length === memory.length) {
        yield pieceOf(memory, length, false)
        memory = take()
        length = 0
      }
      const copied = chunk.copy(memory, length, at)
      at += copied
      length += copied
    }
  }
  yield pieceOf(memory, length, true)
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
