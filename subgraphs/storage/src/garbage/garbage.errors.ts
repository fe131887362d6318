import { DomainError } from '@archivolt/kit/errors/domain-error'

/** Another attempt is publishing the same object; its outcome is not known yet. */
export class ObjectBusyError extends DomainError {
  override readonly status = 409
  constructor() {
    super('storage.object_busy', 'The same file is being written there right now. Try again in a minute.')
  }
}

/** The attempt was silent for so long that it was taken for dead. Nothing of it is kept. */
export class IntentLostError extends DomainError {
  override readonly status = 503
  constructor() {
    super('storage.intent_lost', 'Storing the file stalled for too long, and was given up. Send it again.')
  }
}

export class GarbageChangedError extends DomainError {
  constructor(objects: number) {
    super(
      'storage.garbage.changed',
      `There are ${objects} objects to be deleted now. Look again, and confirm that number.`,
    )
  }
}
