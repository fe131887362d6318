import { Readable } from 'node:stream'
import { firstBytes } from '../body.ts'
import type { PutOptions } from '../driver.ts'
import { BackendUnavailable } from '../driver.errors.ts'
import type { WebdavClient } from './webdav.client.ts'

/** Bodies up to this size are held in memory, so that they can be sent again to a server that was busy. */
const HELD_BYTES = 4 * 1024 ** 2
/** A connection on which nothing moves for so long is dead. */
const IDLE_MS = 120_000

/** Sends a body to a path. Gives the number of its bytes. */
export async function sendBody(
  client: WebdavClient,
  path: readonly string[],
  chunks: AsyncGenerator<Buffer, void, void>,
  { size, contentType = 'application/octet-stream', signal }: PutOptions,
): Promise<number> {
  const { held, length, rest } = await firstBytes(chunks, HELD_BYTES)
  const headers = { 'content-type': contentType }
  if (!rest) {
    const body = Buffer.concat(held, length)
    const answer = await client.request(path, {
      method: 'PUT',
      headers: { ...headers, 'content-length': `${length}` },
      body,
      signal,
    })
    answer.body.resume()
    return length
  }

  let sent = 0
  let failure: unknown
  const idle = idleWatch(IDLE_MS, signal)
  async function* all(): AsyncGenerator<Buffer> {
    try {
      for (const chunk of held.splice(0)) yield count(chunk)
      for await (const chunk of rest!) yield count(chunk)
    } catch (error) {
      failure = error
      throw error
    }
  }
  const count = (chunk: Buffer) => {
    sent += chunk.length
    idle.touch()
    return chunk
  }
  try {
    // The announced length makes the server itself refuse a body that was cut.
    const announced: Record<string, string> = size === undefined ? {} : { 'content-length': `${size}` }
    const body = Readable.from(all(), { objectMode: false, highWaterMark: 256 * 1024 })
    const answer = await client.request(path, {
      method: 'PUT',
      headers: { ...headers, ...announced },
      body,
      signal: idle.signal,
    })
    answer.body.resume()
    return sent
  } catch (error) {
    // A source that fails breaks the request; the request's own error says less.
    throw failure ?? error
  } finally {
    idle.end()
  }
}

/** Aborts when nothing has happened for a time, or when the given signal does. */
function idleWatch(ms: number, signal: AbortSignal | undefined): { signal: AbortSignal; touch(): void; end(): void } {
  const controller = new AbortController()
  const timer = setTimeout(
    () => controller.abort(new BackendUnavailable('The WebDAV server stopped taking bytes. Try again later.')),
    ms,
  )
  const signals = signal ? [signal, controller.signal] : [controller.signal]
  return { signal: AbortSignal.any(signals), touch: () => void timer.refresh(), end: () => clearTimeout(timer) }
}
