import type { Readable } from 'node:stream'
import type { TaskName, Tasks } from './protocol.ts'
import { ReadingProcess, type ReaderLimits } from './reading-process.ts'

export interface Reader {
  /**
   * Does one task in a process of its own, as soon as one is free. Breaking off the loop ends the work.
   * @param open called when a process is free; at most `limit` bytes of it are read
   * @throws Unreadable when the file itself is the reason; other errors may pass with time
   */
  run<Name extends TaskName>(
    name: Name,
    ask: Tasks[Name]['ask'],
    source: Source | null,
    signal: AbortSignal,
  ): AsyncGenerator<Tasks[Name]['item']>
  /** The first item of a task that has exactly one. */
  one<Name extends TaskName>(
    name: Name,
    ask: Tasks[Name]['ask'],
    source: Source | null,
    signal: AbortSignal,
  ): Promise<Tasks[Name]['item']>
  close(): Promise<void>
}

export interface Source {
  open(): Promise<Readable>
  /** Bytes; what follows is not fetched. */
  limit: number
}

export interface ReaderOptions {
  /** Tasks at a time, each in a process. */
  concurrency: number
  /** How much lower than the service its processes rank, 0 to 19. */
  niceness: number
  limits?: Partial<ReaderLimits>
}

const LIMITS: ReaderLimits = { memoryBytes: 1536 * 1024 ** 2, itemMs: 3 * 60_000 }
/** A process without work goes after this. */
const IDLE_MS = 30_000

/** A small number of reading processes, started when first needed. */
export function createReader({ concurrency, niceness, limits }: ReaderOptions): Reader {
  const bounds = { ...LIMITS, ...limits }
  const idle: ReadingProcess[] = []
  const busy = new Set<ReadingProcess>()
  const waiting: (() => void)[] = []
  let free = concurrency
  let closed = false
  let cleaning: NodeJS.Timeout | undefined

  const slot = async (signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted()
    if (free > 0) {
      free--
      return
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const leave = () => {
      waiting.splice(waiting.indexOf(resolve), 1)
      reject(signal.reason as Error)
    }
    waiting.push(resolve)
    signal.addEventListener('abort', leave, { once: true })
    await promise
    signal.removeEventListener('abort', leave)
  }
  const giveBack = (): void => {
    const next = waiting.shift()
    if (next) next()
    else free++
  }
  const clean = (): void => {
    clearTimeout(cleaning)
    cleaning = setTimeout(() => idle.splice(0).forEach((process) => process.kill()), IDLE_MS)
    cleaning.unref()
  }

  const reader: Reader = {
    async *run(name, ask, source, signal) {
      await slot(signal)
      let process: ReadingProcess | undefined
      try {
        if (closed) throw new Error('the reader is closed')
        process = takeUsable(idle) ?? new ReadingProcess(niceness)
        busy.add(process)
        yield* process.run(name, ask, source ? bytesOf(source, signal) : null, bounds, signal)
      } finally {
        if (process) {
          busy.delete(process)
          if (!closed && process.usable) idle.push(process)
          else process.kill()
        }
        clean()
        giveBack()
      }
    },
    async one(name, ask, source, signal) {
      let item: Tasks[typeof name]['item'] | undefined
      for await (const found of reader.run(name, ask, source, signal)) item = found
      return item as Tasks[typeof name]['item']
    },
    async close() {
      closed = true
      clearTimeout(cleaning)
      for (const process of [...idle, ...busy]) process.kill()
    },
  }
  return reader
}

function takeUsable(idle: ReadingProcess[]): ReadingProcess | undefined {
  for (;;) {
    const process = idle.pop()
    if (!process || process.usable) return process
    process.kill()
  }
}

/** The first bytes of a file, as they come: they go on to the reading process and are never all here. */
async function* bytesOf({ open, limit }: Source, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const stream = await open()
  let left = limit
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      signal.throwIfAborted()
      yield chunk.subarray(0, left)
      left -= chunk.length
      if (left <= 0) return
    }
  } finally {
    stream.destroy()
  }
}
