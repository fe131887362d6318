import { readEnvOrExit } from '../env/read-env.ts'
import { createLogger, type Logger } from '../log/logger.ts'
import { onShutdown } from './shutdown.ts'

type Source = Record<string, string | undefined>

/** Runs one service as a process: environment read, doors open, closed by a signal; then `afterwards`. */
export type Main = (source: Source, afterwards?: () => Promise<void>) => Promise<void>

/**
 * The `main` of a service. `start` opens it and returns how to close it; whatever keeps it from starting is logged and
 * ends the process with 1.
 */
export function defineMain<Env extends { LOG_LEVEL: string; NODE_ENV: string }>(
  name: string,
  read: (source: Source) => Env,
  start: (env: Env, log: Logger) => Promise<() => Promise<void>>,
): Main {
  return async (source, afterwards = async () => {}) => {
    const env = readEnvOrExit(() => read(source))
    const log = createLogger(name, { level: env.LOG_LEVEL, pretty: env.NODE_ENV === 'development' })
    let close = async () => {}
    onShutdown(async () => {
      await close()
      await afterwards()
    }, log)
    try {
      close = await start(env, log)
    } catch (error) {
      log.fatal({ err: error }, `${name} could not start`)
      await afterwards()
      process.exit(1)
    }
  }
}
