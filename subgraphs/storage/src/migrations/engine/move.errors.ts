import {
  AccessDenied,
  BackendUnavailable,
  DriverError,
  ObjectNotFound,
  QuotaExceeded,
  SourceFailed,
} from '../../drivers/driver.errors.ts'
import { DomainError } from '@archivolt/kit/errors/domain-error'
import { MarkerError } from '../../vault/vault.errors.ts'

/** Why one attempt to move a blob came to nothing. */
export interface Setback {
  code: string
  /** A sentence for an administrator. */
  reason: string
  /**
   * `file`: it lies with this file, and another try will not help.
   * `chance`: another try may well go better.
   * `place`: the place itself does not work; files are not to blame.
   */
  kind: 'file' | 'chance' | 'place'
  /** Which place, where one is to blame. */
  backendId: string | null
}

/** A setback on its way. */
export class MoveFailed extends Error {
  readonly setback: Setback
  constructor(setback: Setback, options?: { cause?: unknown }) {
    super(setback.reason, options)
    this.name = 'MoveFailed'
    this.setback = setback
  }
}

/** What an error of a place means for the file that was being moved. */
export function setbackOf(error: unknown, backendId: string, side: 'source' | 'target'): Setback {
  const base = { reason: sentenceOf(error), backendId }
  if (error instanceof MarkerError) return { ...base, code: error.code, kind: 'place' }
  if (error instanceof AccessDenied || error instanceof QuotaExceeded || error instanceof BackendUnavailable)
    return { ...base, code: error.code, kind: 'place' }
  if (error instanceof SourceFailed) return { ...base, code: error.code, kind: 'chance' }
  if (error instanceof ObjectNotFound && side === 'source') {
    return {
      ...base,
      code: 'storage.migration.source_missing',
      kind: 'file',
      reason:
        'The file is missing at its place. Nothing was copied; look into the storage, or restore it from a backup.',
    }
  }
  if (error instanceof DriverError) return { ...base, code: error.code, kind: 'chance' }
  if (error instanceof DomainError) return { ...base, code: error.code, kind: 'place' }
  return { ...base, code: 'storage.migration.unexpected', kind: 'chance' }
}

function sentenceOf(error: unknown): string {
  return error instanceof DomainError ? error.message : 'Something went wrong that the log tells more about.'
}
