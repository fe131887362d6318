import type { Readable, Writable } from 'node:stream'
import v8 from 'node:v8'
import vm from 'node:vm'

/** V8 looks at its whole heap once 64 MiB of buffers were made outside of it; this stays well below, also with many streams. */
const COLLECT_AFTER_BYTES = 8 * 1024 ** 2

let passed = 0
let collect: ((options: { type: 'minor' }) => void) | undefined

/**
 * To be told of bytes that stream through the process. Each piece read from a socket or a file is a buffer of its own,
 * dead at once, but V8 counts only what they hold outside the heap and answers 64 MiB of it with a full collection: at
 * our heap of 90 MB 45 ms, more than half the time of a transfer. A minor collection frees them in a third of a
 * millisecond, if someone asks for it in time; this asks every 8 MiB.
 */
export function bytesStreamed(count: number): void {
  passed += count
  if (passed < COLLECT_AFTER_BYTES) return
  passed = 0
  collect ??= exposeCollector()
  collect({ type: 'minor' })
}

/** Tells of what is piped into `target`, from the moment the pipe is there. */
export function countPiped(target: Writable): void {
  target.once('pipe', (source: Readable) => source.on('data', (chunk: Buffer) => bytesStreamed(chunk.length)))
}

/** Tells of what a reader of `source` gets, once it reads: a listener of our own before that would set the stream going. */
export function countRead(source: Readable): void {
  source.once('resume', () => source.on('data', (chunk: Buffer) => bytesStreamed(chunk.length)))
}

/** The only way to V8's collector without a flag on the command line: contexts made after the flag have it. */
function exposeCollector(): (options: { type: 'minor' }) => void {
  v8.setFlagsFromString('--expose-gc')
  const gc = vm.runInNewContext('gc') as (options: { type: 'minor' }) => void
  v8.setFlagsFromString('--no-expose-gc')
  return gc
}
