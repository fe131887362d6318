import { DomainError } from '@archivolt/kit/errors/domain-error'

/** The document is there for them to see, and no more than that. */
export class NotAllowedError extends DomainError {
  override readonly status = 403
  constructor(ownerOnly: boolean) {
    super(
      'documents.not_allowed',
      ownerOnly ? 'Only the owner of the document may do this.' : 'You may look at this document, not change it.',
    )
  }
}

/** A thing in the trash is not changed: it is restored first. */
export class InTrashError extends DomainError {
  constructor() {
    super('documents.in_trash', 'The document is in the trash. Restore it first.')
  }
}
