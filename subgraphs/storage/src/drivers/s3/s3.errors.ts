import { DomainError } from '@archivolt/kit/errors/domain-error'
import { S3ServiceException } from '@aws-sdk/client-s3'
import {
  AccessDenied,
  BackendUnavailable,
  DriverError,
  ObjectExists,
  ObjectNotFound,
  QuotaExceeded,
} from '../driver.errors.ts'

export type Doing = 'read' | 'write'

/** What a refusal of the service means, in a sentence that an administrator can act on. */
export function fromS3(error: unknown, key: string, doing: Doing): DriverError {
  if (error instanceof DriverError) return error
  const options = { cause: error }
  // The guard of outbound addresses says itself what is wrong.
  if (error instanceof DomainError) return new BackendUnavailable(error.message, options)
  switch (codeOf(error)) {
    case 'NoSuchKey':
    case 'NotFound':
    case 'NoSuchUpload':
      return new ObjectNotFound(key, options)
    case 'PreconditionFailed':
    case 'ConditionalRequestConflict':
      return new ObjectExists(key, options)
    case 'NoSuchBucket':
      return new BackendUnavailable('The bucket does not exist. Make it, or correct its name.', options)
    case 'InvalidAccessKeyId':
      return new AccessDenied('The storage does not know this access key.', options)
    case 'SignatureDoesNotMatch':
      return new AccessDenied('The secret key does not belong to this access key.', options)
    case 'RequestTimeTooSkewed':
      return new AccessDenied(
        'The clocks of this machine and of the storage are too far apart. Set them right.',
        options,
      )
    case 'QuotaExceeded':
    case 'XMinioStorageFull':
    case 'XMinioAdminBucketQuotaExceeded':
    case 'InsufficientStorage':
      return new QuotaExceeded('The storage is full. Free space, or choose another place for new documents.', options)
    case 'AccessDenied':
    case 'Forbidden':
    case 'AllAccessDisabled':
      return new AccessDenied(doing === 'write' ? MAY_NOT_WRITE : MAY_NOT_READ, options)
    case 'PermanentRedirect':
    case 'AuthorizationHeaderMalformed':
    case 'IllegalLocationConstraintException':
      return new BackendUnavailable('The bucket lies in another region. Correct the region.', options)
    case 'SlowDown':
    case 'ServiceUnavailable':
    case 'TooManyRequests':
      return new BackendUnavailable('The storage is too busy. Try again later.', options)
    default:
      return byStatus(error, key) ?? byConnection(error)
  }
}

const MAY_NOT_WRITE = 'These keys may not write to the bucket. Give them the right to put and delete objects.'
const MAY_NOT_READ = 'These keys may not read the bucket. Give them the right to list it and to get its objects.'

/** The HTTP status of the answer; undefined when none came. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined
}

/** Whether the service said no such thing. Anything else may be a connection. */
export function isAbsent(error: unknown): boolean {
  return statusOf(error) === 404 && codeOf(error) !== 'NoSuchBucket'
}

/** Whether the same request may well be answered in a moment. */
export function isPassing(error: unknown): boolean {
  const status = statusOf(error)
  return status === undefined ? !(error instanceof DomainError) : status === 429 || status >= 500
}

/** How often the request was sent. */
export function attemptsOf(error: unknown): number {
  return (error as { $metadata?: { attempts?: number } }).$metadata?.attempts ?? 1
}

export function codeOf(error: unknown): string {
  return error instanceof Error ? error.name : ''
}

/** Answers to HEAD have no body, and so no code. */
function byStatus(error: unknown, key: string): DriverError | null {
  const options = { cause: error }
  switch (statusOf(error)) {
    case 401:
    case 403:
      return new AccessDenied('The storage refuses these keys. Check them, and their rights on the bucket.', options)
    case 301:
    case 307:
      return new BackendUnavailable('The bucket lies in another region. Correct the region.', options)
    case 412:
      return new ObjectExists(key, options)
    case 507:
      return new QuotaExceeded('The storage is full. Free space, or choose another place for new documents.', options)
    case undefined:
      return null
    default:
      return new BackendUnavailable('The storage answered with an error of its own. Look into its log.', options)
  }
}

function byConnection(error: unknown): DriverError {
  const options = { cause: error }
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ECONNREFUSED':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return new BackendUnavailable(
        'Nothing answers at the address of the storage. Is it running, and is the port right?',
        options,
      )
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new BackendUnavailable('The host name of the storage is not known. Check the endpoint.', options)
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'CERT_HAS_EXPIRED':
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return new BackendUnavailable('The certificate of the storage is not valid.', options)
    default:
      return new BackendUnavailable('The storage could not be reached, or stopped answering. Try again later.', options)
  }
}
