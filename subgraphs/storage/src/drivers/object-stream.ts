import { finished, Transform, type Readable } from 'node:stream'
import { BackendUnavailable, DriverError } from './driver.errors.ts'

export interface ObjectStreamOptions {
  /** Bytes that must come; fewer or more fail the stream. */
  length: number
  /** Turns what a connection says into an error of ours. */
  explain(error: unknown): unknown
  signal?: AbortSignal
}

/**
 * The bytes of an object as they come over a network. A connection that breaks, or ends too early, fails the stream:
 * it never looks like a shorter object. A reader that destroys the stream frees the connection.
 */
export function objectStream(source: Readable, { length, explain, signal }: ObjectStreamOptions): Readable {
  let read = 0
  const out = new Transform({
    highWaterMark: 256 * 1024,
    transform(chunk: Buffer, _encoding, done) {
      read += chunk.length
      done(null, chunk)
    },
    flush: (done) => done(read === length ? null : cutShort(length, read)),
  })
  const abort = () => out.destroy(signal?.reason instanceof Error ? signal.reason : new Error('aborted'))
  finished(source, { writable: false }, (error) => {
    if (!error || out.destroyed) return
    const explained = explain(error)
    out.destroy(explained instanceof DriverError ? explained : cutShort(length, read, explained))
  })
  out.once('close', () => {
    signal?.removeEventListener('abort', abort)
    source.destroy()
  })
  if (signal?.aborted) abort()
  else signal?.addEventListener('abort', abort, { once: true })
  source.pipe(out)
  return out
}

function cutShort(length: number, read: number, cause?: unknown): BackendUnavailable {
  return new BackendUnavailable(`Only ${read} of ${length} bytes came from the storage. Try again.`, { cause })
}
