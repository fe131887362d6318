import { DomainError } from '@archivolt/kit/errors/domain-error'

export class BackendNameTakenError extends DomainError {
  constructor() {
    super('storage.backend.name_taken', 'Another place has this name already.')
  }
}

/** A place that cannot be used as it is configured; the sentence says what to change. */
export class BackendUnusableError extends DomainError {}

export class BackendInUseError extends DomainError {
  /** @param by the files that lie there, or the name of the place that an open migration goes to */
  constructor(by: number | { migrationTo: string }) {
    const blobs = typeof by === 'number' ? by : 0
    super(
      'storage.backend.in_use',
      typeof by === 'object'
        ? `A migration to "${by.migrationTo}" needs this place. Finish or cancel it first.`
        : blobs > 0
          ? `There ${blobs === 1 ? 'is still one file' : `are still ${blobs} files`} at this place. Move what is there elsewhere first.`
          : 'New files go to this place. Choose another one for them first.',
    )
  }
}
