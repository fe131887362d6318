import { DomainError } from '@archivolt/kit/errors/domain-error'

/** The preflight found that the target cannot take the files; the sentence says what to change. */
export class MigrationRefusedError extends DomainError {}

/** Another migration uses one of the places. */
export class MigrationConflictError extends DomainError {
  readonly migrationId: string
  constructor(migrationId: string, message: string) {
    super('storage.migration.conflict', message)
    this.migrationId = migrationId
  }
}

/** The step does not fit the state it is in, as when someone else was quicker. */
export class MigrationStateError extends DomainError {
  constructor(message: string) {
    super('storage.migration.state', message)
  }
}

/** There are files without a verified copy at the target. */
export class MigrationUnverifiedError extends DomainError {
  readonly items: number
  constructor(items: number) {
    super(
      'storage.migration.unverified',
      `${items === 1 ? 'One file has' : `${items} files have`} no verified copy at the target yet. Nothing was given up; look at the list of failures and try them again.`,
    )
    this.items = items
  }
}
