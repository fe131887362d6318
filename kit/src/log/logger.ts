import { pino, type Logger } from 'pino'

export type { Logger } from 'pino'

export interface LoggerOptions {
  level: string
  /** Human-readable lines for a terminal; JSON lines otherwise. */
  pretty: boolean
  /** Where lines go; stdout without it. */
  destination?: NodeJS.WritableStream
}

/** Paths that can hold a secret; their values are replaced before a line is written. */
const redact = [
  'password',
  'token',
  'secret',
  'authorization',
  'cookie',
  '*.password',
  '*.token',
  '*.secret',
  '*.authorization',
  '*.cookie',
  'req.headers.authorization',
  'req.headers.cookie',
]

/** A pino logger for one service, or for a process of several when `service` is empty. Every line carries `service`; lines of a request also carry `requestId`. */
export function createLogger(service: string, options: LoggerOptions): Logger {
  const base = {
    level: options.level,
    base: service ? { service } : {},
    redact: { paths: redact, censor: '[redacted]' },
  }
  if (options.destination) return pino(base, options.destination)
  if (!options.pretty) return pino(base)
  return pino({
    ...base,
    transport: {
      target: 'pino-pretty',
      options: {
        colorize: process.stdout.isTTY,
        ignore: 'pid,hostname',
        messageFormat: '{service}: {msg}',
        hideObject: false,
        singleLine: true,
      },
    },
  })
}
