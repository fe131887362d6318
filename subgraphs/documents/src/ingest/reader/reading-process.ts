import { type ChildProcess, fork } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants, setPriority } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ReaderBroke, Unreadable } from '../extract/unreadable.ts'
import type { FromReader, TaskName, Tasks, ToReader } from './protocol.ts'

export interface ReaderLimits {
  /** Resident bytes beyond which a process is ended, where the system tells (Linux); its heap is bound everywhere. */
  memoryBytes: number
  /** Milliseconds from one item to the next. */
  itemMs: number
}

const ENTRY = fileURLToPath(new URL('./reader.worker.ts', import.meta.url))
/** This service's own program. */
const SERVICE = path.resolve(import.meta.dirname, '../../..')
const HEAP_MB = 512
const WATCH_EVERY_MS = 200
/** A process that holds more than this after its task is replaced: WebAssembly does not give memory back. */
const KEEP_BYTES = 400 * 1024 ** 2
const MAX_TASKS = 500
const START_MS = 60_000
const PAGE_BYTES = 4096

/** One reading process, which does one task at a time and is replaced when it fails at one. */
export class ReadingProcess {
  readonly #child: ChildProcess
  #tasks = 0
  #ended: Error | null = null
  #ready = false
  #inbox: FromReader[] = []
  #arrived = Promise.withResolvers<void>()

  constructor(niceness: number) {
    this.#child = fork(ENTRY, {
      // Nothing of the environment: there are keys in it.
      env: { NODE_ENV: 'production', VIPS_CONCURRENCY: '1' },
      execArgv: [
        ...['--disable-warning=SecurityWarning', '--disable-warning=ExperimentalWarning'],
        ...['--permission', '--allow-addons', '--allow-worker'],
        ...readableFolders().map((folder) => `--allow-fs-read=${folder}`),
        `--max-old-space-size=${HEAP_MB}`,
      ],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    this.#child.on('message', (message) => {
      this.#inbox.push(message as FromReader)
      this.#arrived.resolve()
    })
    this.#child.on('error', (error) => this.#end(error))
    this.#child.on('exit', (code, signal) => this.#end(new Error(`the reading process ended (${signal ?? code})`)))
    this.#lower(niceness)
  }

  /** Whether it may take another task. */
  get usable(): boolean {
    return !this.#ended && this.#tasks < MAX_TASKS && this.#resident() < KEEP_BYTES
  }

  /**
   * Does a task; the items come one by one, as they are asked for. Stopping early ends the process.
   * @throws Unreadable when the file is the reason: it says so itself, or took too long or too much memory
   * @throws ReaderBroke when the process ended in the middle
   */
  async *run<Name extends TaskName>(
    name: Name,
    ask: Tasks[Name]['ask'],
    bytes: AsyncIterable<Uint8Array> | null,
    limits: ReaderLimits,
    signal: AbortSignal,
  ): AsyncGenerator<Tasks[Name]['item']> {
    this.#tasks++
    let finished = false
    const kill = () => this.kill()
    signal.addEventListener('abort', kill)
    try {
      signal.throwIfAborted()
      await this.#started(signal)
      await this.#send({ kind: 'task', name, ask })
      for await (const chunk of bytes ?? []) await this.#send({ kind: 'bytes', bytes: chunk })
      await this.#send({ kind: 'end' })
      for (;;) {
        await this.#send({ kind: 'next' })
        const answer = await this.#answer(limits, signal)
        if (answer.kind === 'item') yield answer.item as Tasks[Name]['item']
        else {
          finished = true
          if (answer.kind === 'unreadable') throw new Unreadable(answer.message)
          if (answer.kind === 'broken')
            throw new Unreadable('The file is damaged and cannot be read.', { cause: new Error(answer.message) })
          return
        }
      }
    } finally {
      signal.removeEventListener('abort', kill)
      if (!finished) this.kill()
    }
  }

  kill(): void {
    this.#child.kill('SIGKILL')
    this.#end(new Error('the reading process was ended'))
  }

  async #send(message: ToReader): Promise<void> {
    if (this.#ended) throw this.#ended
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#child.send(message, (error) => (error ? reject(error) : resolve()))
    await promise
  }

  /** Waits until it has loaded. @throws Error when it cannot: then no file is to blame */
  async #started(signal: AbortSignal): Promise<void> {
    const timer = setTimeout(() => this.kill(), START_MS)
    try {
      while (!this.#ready) {
        if (this.#ended) {
          signal.throwIfAborted()
          throw new Error('A reading process does not start.', { cause: this.#ended })
        }
        await this.#arrived.promise
        this.#arrived = Promise.withResolvers()
        this.#ready ||= this.#inbox.shift()?.kind === 'ready'
      }
    } finally {
      clearTimeout(timer)
    }
  }

  /** The next message. @throws Unreadable at a limit, ReaderBroke when the process ends by itself */
  async #answer({ memoryBytes, itemMs }: ReaderLimits, signal: AbortSignal): Promise<FromReader> {
    let limit = ''
    const stop = (why: string) => {
      limit = why
      this.kill()
    }
    const timer = setTimeout(() => stop('Reading the file takes too long.'), itemMs)
    const look = () => {
      if (this.#resident() > memoryBytes) stop('Reading the file needs too much memory.')
    }
    const watch = setInterval(look, WATCH_EVERY_MS)
    look()
    try {
      while (this.#inbox.length === 0) {
        if (this.#ended) {
          signal.throwIfAborted()
          if (limit) throw new Unreadable(limit, { cause: this.#ended })
          throw new ReaderBroke({ cause: this.#ended })
        }
        await this.#arrived.promise
        this.#arrived = Promise.withResolvers()
      }
      return this.#inbox.shift() as FromReader
    } finally {
      clearTimeout(timer)
      clearInterval(watch)
    }
  }

  #end(error: Error): void {
    this.#ended ??= error
    this.#arrived.resolve()
  }

  #resident(): number {
    try {
      return Number(readFileSync(`/proc/${this.#child.pid}/statm`, 'latin1').split(' ')[1]) * PAGE_BYTES
    } catch {
      return 0
    }
  }

  /** Answers to people come before reading, and text before pictures. */
  #lower(niceness: number): void {
    try {
      if (this.#child.pid) setPriority(this.#child.pid, Math.min(niceness, constants.priority.PRIORITY_LOW))
    } catch {
      // It ended at once, or the system has no priorities.
    }
  }
}

/** The program and its libraries: all that a reading process may read. Keys and files lie elsewhere. */
function readableFolders(): string[] {
  const libraries: string[] = []
  for (let folder = SERVICE; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    const packages = path.join(folder, 'node_modules')
    if (existsSync(packages)) libraries.push(packages)
  }
  // Where they really lie, also when the folders or what is in them are links.
  const real = createRequire(import.meta.url).resolve('sharp')
  libraries.push(real.slice(0, real.indexOf(`${path.sep}node_modules${path.sep}`) + `${path.sep}node_modules`.length))
  return [...new Set([path.join(SERVICE, 'src'), path.join(SERVICE, 'package.json'), ...libraries])]
}
