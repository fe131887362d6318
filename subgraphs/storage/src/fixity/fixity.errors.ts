import { DomainError } from '@archivolt/kit/errors/domain-error'

export class ScanRunningError extends DomainError {
  constructor() {
    super('storage.scan.running', 'A scan of this kind is under way. Wait until it has ended.')
  }
}

/** Another process has taken a slice over; this one must not go on with it. */
export class SliceLostError extends Error {}
