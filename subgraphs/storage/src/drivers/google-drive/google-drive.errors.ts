import { AccessDenied, BackendUnavailable, CredentialsRefused, QuotaExceeded } from '../driver.errors.ts'
import { Transient } from '../http/retry.ts'

export const SERVICE = 'Google Drive'

/** Too fast, or a hiccup: the same call may succeed later. */
const PASSING = new Set([
  'rateLimitExceeded',
  'userRateLimitExceeded',
  'sharingRateLimitExceeded',
  'backendError',
  'internalError',
])
/** The account's owner has taken the right to keep files back. */
const WITHDRAWN = new Set(['insufficientPermissions', 'ACCESS_TOKEN_SCOPE_INSUFFICIENT'])
const FULL = new Set([
  'storageQuotaExceeded',
  'quotaExceeded',
  'teamDriveFileLimitExceeded',
  'numChildrenInNonRootLimitExceeded',
  'activeItemCreationLimitExceeded',
])

/** What a refusal of the service means. `asked` is the wait of its Retry-After. */
export function fromGoogleDrive(status: number, body: string, asked: number | null): Error {
  const reason = reasonOf(body)
  const cause = new Error(`${status} ${reason ?? ''} ${body.slice(0, 500)}`)
  if (reason !== null && FULL.has(reason)) {
    return new QuotaExceeded('The Google Drive is full. Free space there or choose another place for new documents.', {
      cause,
    })
  }
  if (status === 408 || status === 429 || status >= 500 || (reason !== null && PASSING.has(reason))) {
    return new Transient(new BackendUnavailable('Google Drive is busy. Try again in a few minutes.', { cause }), asked)
  }
  if (reason === 'dailyLimitExceeded') {
    return new BackendUnavailable('Google Drive accepts no more requests today. Try again tomorrow.', { cause })
  }
  if (reason === 'cannotDownloadAbusiveFile') {
    return new AccessDenied('Google Drive holds this file back as harmful. Only its owner can release it there.', {
      cause,
    })
  }
  if (reason !== null && WITHDRAWN.has(reason)) {
    return new CredentialsRefused(
      'Google Drive does not let the vault keep files any more. Connect the account again.',
      {
        cause,
      },
    )
  }
  if (status === 401 || status === 403) {
    return new AccessDenied('Google Drive refuses access. Connect the account again and allow access to its files.', {
      cause,
    })
  }
  if (status >= 300 && status < 400) {
    return new BackendUnavailable('Google Drive sent the call to another address, which is not followed.', { cause })
  }
  return new BackendUnavailable('Google Drive refused the request. Look into the log of the service.', { cause })
}

function reasonOf(body: string): string | null {
  try {
    const { error } = JSON.parse(body) as {
      error?: { errors?: { reason?: string }[]; details?: { reason?: string }[] }
    }
    return error?.errors?.[0]?.reason ?? error?.details?.find((detail) => detail.reason)?.reason ?? null
  } catch {
    return null
  }
}
