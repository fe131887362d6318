import {
  AccessDenied,
  BackendUnavailable,
  CredentialsRefused,
  DriverError,
  ObjectExists,
  ObjectNotFound,
  QuotaExceeded,
} from '../driver.errors.ts'

/** The HTTP status of the answer; undefined when none came. */
export function statusOf(error: unknown): number | undefined {
  const status = (error as { status?: unknown } | null)?.status
  return typeof status === 'number' ? status : undefined
}

/** What a refusal of the server means, in a sentence that an administrator can act on. */
export function fromWebdav(error: unknown, key: string): DriverError {
  if (error instanceof DriverError) return error
  const options = { cause: error }
  const status = statusOf(error)
  switch (status) {
    case 404:
    case 410:
      return new ObjectNotFound(key, options)
    case 412:
      return new ObjectExists(key, options)
    case 401:
      return new CredentialsRefused('The WebDAV server refuses this user name and password.', options)
    case 403:
    case 405:
      return new AccessDenied(
        'The WebDAV server does not allow this account to do so. Check its rights on the folder.',
        options,
      )
    case 413:
      return new BackendUnavailable('The WebDAV server does not take files of this size. Raise its limit.', options)
    case 423:
      return new BackendUnavailable(
        'Another program has locked the file on the WebDAV server. Try again later.',
        options,
      )
    case 429:
    case 503:
      return new BackendUnavailable('The WebDAV server is too busy. Try again later.', options)
    case 507:
      return new QuotaExceeded(
        'The WebDAV server is full. Free space, or choose another place for new documents.',
        options,
      )
    case undefined:
      return byConnection(error)
    default:
      return new BackendUnavailable(`The WebDAV server answered with an error (${status}). Look into its log.`, options)
  }
}

function byConnection(error: unknown): DriverError {
  const options = { cause: error }
  const { code, message } = error as NodeJS.ErrnoException
  // The guard of outbound addresses says itself what is wrong; the client puts its own words before that.
  if (code?.startsWith('net.')) return new BackendUnavailable(message.slice(message.indexOf('reason: ') + 8), options)
  switch (code) {
    case 'ECONNREFUSED':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return new BackendUnavailable(
        'Nothing answers at the address of the WebDAV server. Is it running, and is the port right?',
        options,
      )
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new BackendUnavailable('The host name of the WebDAV server is not known. Check the address.', options)
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'CERT_HAS_EXPIRED':
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return new BackendUnavailable('The certificate of the WebDAV server is not valid.', options)
    default:
      return new BackendUnavailable(
        'The WebDAV server could not be reached, or stopped answering. Try again later.',
        options,
      )
  }
}
