import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { MAX_INDEXED } from '../../search/search-entry.ts'
import type { ExtractAnswer, ExtractTask } from './extract.worker.ts'
import { CUTTABLE, formatOf, READ_LIMIT } from './formats.ts'
import { Unreadable } from './unreadable.ts'

export interface Extractor {
  /**
   * The text of a file, at most as much as is indexed; empty for types without text. `open` is called only when bytes
   * are needed.
   * @throws Unreadable when the file itself is the reason; other errors may pass with time
   */
  textOf(
    file: { contentType: string; size: number },
    open: () => Promise<Readable>,
    signal: AbortSignal,
  ): Promise<string>
  close(): Promise<void>
}

/** A worker that needs more memory than this is given up, in MiB. */
const WORKER_HEAP_MB = 512
/** No readable document takes longer. */
const EXTRACT_TIMEOUT_MS = 3 * 60_000

/** Text extraction in worker threads, `concurrency` at a time, started when first needed. */
export function createExtractor(concurrency: number): Extractor {
  const pool = new Piscina<ExtractTask, ExtractAnswer>({
    filename: fileURLToPath(new URL('./extract.worker.ts', import.meta.url)),
    minThreads: 0,
    maxThreads: concurrency,
    idleTimeout: 30_000,
    resourceLimits: { maxOldGenerationSizeMb: WORKER_HEAP_MB },
  })
  return {
    async textOf(file, open, signal) {
      const format = formatOf(file.contentType)
      if (!format) return ''
      if (!CUTTABLE[format] && file.size > READ_LIMIT[format]) {
        throw new Unreadable(
          `The file is too large to be read for its text (more than ${READ_LIMIT[format] / 1024 ** 2} MiB).`,
        )
      }
      const bytes = await readUpTo(await open(), READ_LIMIT[format], signal)
      const timeout = AbortSignal.timeout(EXTRACT_TIMEOUT_MS)
      try {
        const answer = await pool.run(
          { format, bytes, maxCharacters: MAX_INDEXED },
          { signal: AbortSignal.any([signal, timeout]), transferList: [bytes.buffer] },
        )
        if ('unreadable' in answer) throw new Unreadable(answer.unreadable)
        return answer.text
      } catch (error) {
        if (timeout.aborted) throw new Unreadable('Reading the text took too long.', { cause: error })
        if ((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY')
          throw new Unreadable('Reading the text needs too much memory.', { cause: error })
        throw error
      }
    },
    close: () => pool.destroy(),
  }
}

/** The first `limit` bytes, in memory of their own that can be handed to a thread. What follows is not fetched. */
async function readUpTo(stream: Readable, limit: number, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      signal.throwIfAborted()
      chunks.push(chunk.subarray(0, limit - size))
      size += chunk.length
      if (size >= limit) break
    }
  } finally {
    stream.destroy()
  }
  const bytes = new Uint8Array(Math.min(size, limit))
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}
