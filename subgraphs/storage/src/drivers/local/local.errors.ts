import {
  AccessDenied,
  BackendUnavailable,
  DriverError,
  ObjectExists,
  ObjectNotFound,
  QuotaExceeded,
} from '../driver.errors.ts'

/** What the operating system's refusals mean for a place of bytes. */
export function fromFileSystem(error: unknown, key: string): DriverError {
  if (error instanceof DriverError) return error
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new ObjectNotFound(key, { cause: error })
    case 'EEXIST':
      return new ObjectExists(key, { cause: error })
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new AccessDenied(
        'The folder may not be written. Check its owner and whether the disk is mounted read-only.',
        { cause: error },
      )
    case 'ENOSPC':
    case 'EDQUOT':
      return new QuotaExceeded('The disk is full. Free space or choose another place for new documents.', {
        cause: error,
      })
    default:
      return new BackendUnavailable('The disk does not answer as it should. Look into the system log.', {
        cause: error,
      })
  }
}
