import { DomainError, InvalidInputError } from '@archivolt/kit/errors/domain-error'
import { unusable } from '../backends/usecases/add-backend.ts'
import { CloudUnusableError } from './connection.errors.ts'

/** The service's own sentence, or that of the guard which kept the vault from calling it. Faults of the input pass as they are. */
export function cloudUnusable(error: unknown): unknown {
  const explained = unusable(error)
  if (!(explained instanceof DomainError) || explained instanceof InvalidInputError) return explained
  if (explained instanceof CloudUnusableError) return explained
  return new CloudUnusableError(explained.code, explained.message, { cause: error })
}
