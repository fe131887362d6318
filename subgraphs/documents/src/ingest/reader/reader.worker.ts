import { Worker } from 'node:worker_threads'
import { Unreadable } from '../extract/unreadable.ts'
import type { FromReader, ToReader } from './protocol.ts'
import { tasks } from './tasks.ts'

/**
 * The body of a reading process. It holds no secret, may write nothing and start nothing, and does one task at a time:
 * a file that loops, bloats or breaks a library takes this process with it and nothing else.
 */

const send = (message: FromReader): void => void process.send?.(message)

let chunks: Uint8Array[] = []
let task: Extract<ToReader, { kind: 'task' }> | null = null
let wanted = Promise.withResolvers<void>()

process.on('message', (message: ToReader) => {
  if (message.kind === 'task') {
    task = message
    chunks = []
    wanted = Promise.withResolvers()
  } else if (message.kind === 'bytes') chunks.push(message.bytes)
  else if (message.kind === 'next') wanted.resolve()
  else void run()
})

async function run(): Promise<void> {
  if (!task) return
  const { name, ask } = task
  const bytes = join(chunks)
  chunks = []
  const emit = async (item: unknown): Promise<void> => {
    await wanted.promise
    wanted = Promise.withResolvers()
    send({ kind: 'item', item })
  }
  try {
    await tasks[name](bytes, ask as never, emit as never)
    await wanted.promise
    send({ kind: 'done' })
  } catch (error) {
    if (error instanceof Unreadable) send({ kind: 'unreadable', message: error.message })
    else send({ kind: 'broken', message: String((error as Error)?.stack ?? error).slice(0, 4000) })
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

process.on('disconnect', () => process.exit())
// Where a file keeps the main thread busy for ever, nobody hears that the service is gone: a second thread watches.
new Worker(
  `const parent = process.ppid
   setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL') }, 1000)`,
  { eval: true, execArgv: [] },
).unref()
send({ kind: 'ready' })
