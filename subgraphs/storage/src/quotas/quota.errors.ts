import { DomainError } from '@archivolt/kit/errors/domain-error'

export class QuotaExceededError extends DomainError {
  constructor() {
    super(
      'storage.quota_exceeded',
      'There is no room left for this file. Delete documents you no longer need, or ask an administrator for more.',
    )
  }
}
