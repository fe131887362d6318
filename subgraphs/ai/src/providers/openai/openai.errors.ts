import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai'
import { aiFailures, AiFailedError } from '../provider.errors.ts'

/** The connection failed before any answer, as a kept-alive one does when the server restarts: asking once more may help. */
export function isConnectionError(error: unknown): boolean {
  return error instanceof APIConnectionError && !(error instanceof APIConnectionTimeoutError)
}

/** The server knows of answers by a schema, and does not give them. */
export function refusesSchema(error: unknown): boolean {
  return (
    error instanceof APIError &&
    (error.status === 400 || error.status === 422) &&
    /response_format|json_schema/i.test(error.message)
  )
}

/** What went wrong in a call, as a failure of ours. */
export function toAiFailure(
  error: unknown,
  by: { name: string; model: string },
  timeout: { ms: number; signal: AbortSignal },
): AiFailedError {
  if (error instanceof AiFailedError) return error
  const options = { cause: harmless(error) }
  if (timeout.signal.aborted || error instanceof APIConnectionTimeoutError)
    return aiFailures.timeout(by, timeout.ms, options)
  const status = error instanceof APIError ? error.status : undefined
  if (status === undefined)
    return brokenOff(error) ? aiFailures.unreachable(by, options) : aiFailures.badAnswer(by, options)
  if (status === 401 || status === 403) return aiFailures.refusedKey(by, options)
  if (status === 404) return aiFailures.unknownModel(by, options)
  if (status === 429) {
    const { code, headers } = error as APIError
    return code === 'insufficient_quota'
      ? aiFailures.outOfCredit(by, options)
      : aiFailures.rateLimited(by, retryAfter(headers), options)
  }
  return status >= 500 ? aiFailures.faulty(by, status, options) : aiFailures.refused(by, status, options)
}

/** Connections end before the answer (the SDK's own class) or within it (`fetch` throws a TypeError). */
function brokenOff(error: unknown): boolean {
  return error instanceof APIConnectionError || error instanceof TypeError
}

/** Whole seconds; the header may also hold a date (RFC 9110, 10.2.3). */
function retryAfter(headers: Headers | undefined): number | null {
  const value = headers?.get('retry-after')
  if (!value) return null
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000
  return seconds > 0 && seconds < 86_400 ? Math.ceil(seconds) : null
}

/**
 * What may be kept of a foreign error. Providers repeat the key or the text in their messages, and parsers repeat what
 * they could not parse: names, codes and numbers have to do.
 */
function harmless(error: unknown): Error {
  const parts: string[] = []
  for (let at = error; at instanceof Error && parts.length < 5; at = at.cause) {
    const { status, code, requestID } = at as Error & { status?: unknown; code?: unknown; requestID?: unknown }
    const details = [status, code, requestID].filter(
      (value) => typeof value === 'number' || (typeof value === 'string' && /^[\w-]{1,80}$/.test(value)),
    )
    parts.push([at.constructor.name, ...details].join(' '))
  }
  return new Error(parts.join(' < ') || 'something that is no error was thrown')
}
