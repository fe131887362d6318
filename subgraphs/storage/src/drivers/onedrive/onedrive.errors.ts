import { AccessDenied, BackendUnavailable, QuotaExceeded } from '../driver.errors.ts'
import { Transient } from '../http/retry.ts'

export const SERVICE = 'OneDrive'

const FULL = new Set(['quotaLimitReached', 'insufficientStorage'])
const PASSING = new Set([
  'activityLimitReached',
  'serviceNotAvailable',
  'generalException',
  'resourceLocked',
  'timeout',
])

/** What a refusal of the service means. `asked` is the wait of its Retry-After. */
export function fromOneDrive(status: number, body: string, asked: number | null): Error {
  const code = codeOf(body)
  const cause = new Error(`${status} ${code ?? ''} ${body.slice(0, 500)}`)
  if (status === 507 || (code !== null && FULL.has(code))) {
    return new QuotaExceeded('The OneDrive is full. Free space there or choose another place for new documents.', {
      cause,
    })
  }
  if (code === 'malwareDetected') {
    return new AccessDenied('OneDrive holds this file back as harmful. Only its owner can release it there.', { cause })
  }
  // 509: more bandwidth than the service allows.
  if ([408, 423, 429, 509].includes(status) || status >= 500 || (code !== null && PASSING.has(code))) {
    return new Transient(new BackendUnavailable('OneDrive is busy. Try again in a few minutes.', { cause }), asked)
  }
  if (status === 401 || status === 403) {
    return new AccessDenied('OneDrive refuses access. Connect the account again and allow access to its files.', {
      cause,
    })
  }
  if (status >= 300 && status < 400) {
    return new BackendUnavailable('OneDrive sent the call to another address, which is not followed.', { cause })
  }
  return new BackendUnavailable('OneDrive refused the request. Look into the log of the service.', { cause })
}

function codeOf(body: string): string | null {
  try {
    return (JSON.parse(body) as { error?: { code?: string } }).error?.code ?? null
  } catch {
    return null
  }
}
