import type { Logger } from '../log/logger.ts'

/** After this long a shutdown is not graceful any more, and the process ends as it is. */
const GRACE_MS = 25_000

/**
 * Runs `close` once on SIGINT, SIGTERM, or when the launcher that started this process is gone, then exits 0; a second
 * signal exits at once.
 */
export function onShutdown(close: () => Promise<void>, log: Logger): void {
  let closing = false
  const begin = (reason: string) => {
    if (closing) {
      if (reason.startsWith('SIG')) process.exit(130)
      return
    }
    closing = true
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
