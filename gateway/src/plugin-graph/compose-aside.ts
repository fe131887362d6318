import { Worker } from 'node:worker_threads'
import type { ComposeRequest, Composition } from './compose.ts'

const WITHIN_MS = 60_000
/** A schema that needs more than this is none that a person wrote. */
const LIMITS = { maxOldGenerationSizeMb: 512, stackSizeMb: 8 }

/**
 * Composes in a thread of its own, which may take its time and may die: requests are answered meanwhile.
 * @throws Error when it does not end well in time
 */
export function composeAside(request: ComposeRequest, signal: AbortSignal): Promise<Composition> {
  const { promise, resolve, reject } = Promise.withResolvers<Composition>()
  const worker = new Worker(new URL('./compose.worker.ts', import.meta.url), {
    workerData: request,
    resourceLimits: LIMITS,
  })
  const stop = (reason: string) => () => {
    reject(new Error(reason))
    void worker.terminate()
  }
  const late = setTimeout(stop(`composition took more than ${WITHIN_MS / 1000} s`), WITHIN_MS)
  const aborted = stop('the gateway is closing')
  signal.addEventListener('abort', aborted, { once: true })
  worker.once('message', resolve)
  worker.once('error', reject)
  worker.once('exit', (code) => reject(new Error(`composition ended with ${code}`)))
  return promise.finally(() => {
    clearTimeout(late)
    signal.removeEventListener('abort', aborted)
    void worker.terminate()
  })
}
