import { DomainError } from '@archivolt/kit/errors/domain-error'

export class BackendNameTakenError extends DomainError {
  constructor() {
    super('storage.backend.name_taken', 'Another place has this name already.')
  }
}

/** A place that cannot be used as it is configured; the sentence says what to change. */
export class BackendUnusableError extends DomainError {}

export class BackendInUseError extends DomainError {
  constructor(blobs: number) {
    super(
      'storage.backend.in_use',
      blobs > 0
        ? `There ${blobs === 1 ? 'is still one file' : `are still ${blobs} files`} at this place. Move what is there elsewhere first.`
        : 'New files go to this place. Choose another one for them first.',
    )
  }
}
