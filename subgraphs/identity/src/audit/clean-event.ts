import type { AuditEvent } from '@archivolt/kit/audit/record-audit'

/** Members that would hold a secret if a caller ever put them into the details. */
const SECRET_NAMES = new Set([
  'password',
  'secret',
  'token',
  'accessToken',
  'refreshToken',
  'apiKey',
  'authorization',
  'cookie',
])
/** An access token, or an API token of this vault. */
const SECRET_TEXT = /\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*|\bavt_[A-Za-z0-9]{16,}/g
const REDACTED = '[redacted]'

/**
 * The event as it is kept. Callers are to leave secrets out; where one slipped in, it goes no further. What PostgreSQL
 * cannot hold in a text (NUL, half a surrogate pair) becomes U+FFFD, so that no text keeps an event out of the log.
 */
export function cleanEvent(event: AuditEvent): AuditEvent {
  const details = Object.entries(event.details).map(([name, value]) => [
    clean(name),
    SECRET_NAMES.has(name) ? REDACTED : typeof value === 'string' ? clean(value) : value,
  ])
  return {
    ...event,
    actorId: event.actorId && clean(event.actorId),
    target: event.target && { type: clean(event.target.type), id: clean(event.target.id) },
    ip: event.ip && clean(event.ip),
    requestId: event.requestId && clean(event.requestId),
    details: Object.fromEntries(details),
  }
}

const clean = (text: string): string => text.toWellFormed().replaceAll('\0', '\uFFFD').replace(SECRET_TEXT, REDACTED)
