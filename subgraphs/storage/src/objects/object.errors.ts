import { DomainError } from '@archivolt/kit/errors/domain-error'

/** The condition of a write does not hold any more. Its code is what the kit's object store knows it by. */
export class ObjectChangedError extends DomainError {
  override readonly status = 412
  constructor() {
    super('storage.object.changed', 'It was changed by someone else in the meantime. Read it again.')
  }
}
