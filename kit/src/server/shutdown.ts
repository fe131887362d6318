import type { Logger } from '../log/logger.ts'

/** After this long a shutdown is not graceful any more, and the process ends as it is. */
const GRACE_MS = 25_000

/** A signal to the whole process group reaches a service twice, directly and through its launcher. */
const SAME_SIGNAL_MS = 2000

/**
 * Runs `close` once on SIGINT, SIGTERM, or when the launcher that started this process is gone, then exits 0; a second
 * signal exits at once.
 */
export function onShutdown(close: () => Promise<void>, log: Logger): void {
  let closingSince = 0
  const begin = (reason: string) => {
    if (closingSince) {
      if (reason.startsWith('SIG') && Date.now() - closingSince > SAME_SIGNAL_MS) process.exit(130)
      return
    }
    closingSince = Date.now()
    log.info({ reason }, 'shutting down')
    setTimeout(() => {
      log.error(`shutdown took longer than ${GRACE_MS / 1000} s`)
      process.exit(1)
    }, GRACE_MS).unref()
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'shutdown failed')
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', () => begin('SIGINT'))
  process.on('SIGTERM', () => begin('SIGTERM'))
  process.on('disconnect', () => begin('launcher gone'))
}
