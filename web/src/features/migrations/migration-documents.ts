import { graphql, type FragmentOf, type VariablesOf } from '@/graphql/graphql.ts'

/** All that a card shows of a migration: whoever tells of one asks for it, so that nothing has to be asked again. */
export const MigrationState = graphql(`
  fragment Migration_State on Migration {
    id
    state
    sourceNames
    targetName
    startedAt
    readyToFinishAt
    finishedAt
    cancelledAt
    rolledBackAt
    problem
    planned
    takesNewFiles
    verify
    concurrency
    throttleBytesPerSecond
    itemsTotal
    itemsDone
    itemsFailed
    itemsPerSecond
    bytesTotal
    bytesDone
    bytesMoving
    bytesPerSecond
    etaSeconds
    retries
    workers
    retentionDays
    retentionEndsAt
    release
    pending {
      items
      bytes
    }
    copying {
      items
      bytes
    }
    verifying {
      items
      bytes
    }
    done {
      items
      bytes
    }
    failed {
      items
      bytes
    }
    released {
      items
      bytes
    }
    history {
      action
      actorId
      at
    }
  }
`)
export type MigrationState = FragmentOf<typeof MigrationState>

export const Migrations = graphql(
  `
    query Migrations_List($first: Int!, $after: String) {
      migrations(first: $first, after: $after) {
        totalCount
        edges {
          cursor
          node {
            id
            ...Migration_State
          }
        }
        pageInfo {
          endCursor
          hasNextPage
        }
      }
    }
  `,
  [MigrationState],
)

export const Progress = graphql(
  `
    subscription Migration_Progress($id: ID!) {
      migrationProgress(id: $id) {
        migration {
          id
          ...Migration_State
        }
      }
    }
  `,
  [MigrationState],
)

export const Failures = graphql(`
  query Migration_Failures($id: ID!, $first: Int!, $after: String) {
    migration(id: $id) {
      id
      failures(first: $first, after: $after) {
        totalCount
        edges {
          cursor
          node {
            id
            documentId
            ownerId
            reason
            code
            attempts
            size
          }
        }
        pageInfo {
          endCursor
          hasNextPage
        }
      }
    }
  }
`)

export const StartMigration = graphql(
  `
    mutation Migration_Start($input: StartMigrationInput!) {
      startMigration(input: $input) {
        __typename
        ... on StartMigrationSuccess {
          migration {
            id
            ...Migration_State
          }
          preflight {
            latencyMs
            freeBytes
            itemsToMove
            bytesToMove
            refusesOverwrites
          }
        }
        ... on InvalidInputError {
          field
        }
        ... on Error {
          code
          message
        }
      }
    }
  `,
  [MigrationState],
)
export type StartInput = VariablesOf<typeof StartMigration>['input']

export const PauseMigration = graphql(
  `
    mutation Migration_Pause($input: PauseMigrationInput!) {
      pauseMigration(input: $input) {
        __typename
        ... on PauseMigrationSuccess {
          migration {
            id
            ...Migration_State
          }
        }
        ... on Error {
          code
          message
        }
      }
    }
  `,
  [MigrationState],
)

export const ResumeMigration = graphql(
  `
    mutation Migration_Resume($input: ResumeMigrationInput!) {
      resumeMigration(input: $input) {
        __typename
        ... on ResumeMigrationSuccess {
          migration {
            id
            ...Migration_State
          }
        }
        ... on Error {
          code
          message
        }
      }
    }
  `,
  [MigrationState],
)

export const ThrottleMigration = graphql(
  `
    mutation Migration_Throttle($input: ThrottleMigrationInput!) {
      throttleMigration(input: $input) {
        __typename
        ... on ThrottleMigrationSuccess {
          migration {
            id
            ...Migration_State
          }
        }
        ... on InvalidInputError {
          field
        }
        ... on Error {
          code
          message
        }
      }
    }
  `,
  [MigrationState],
)

export const CancelMigration = graphql(
  `
    mutation Migration_Cancel($input: CancelMigrationInput!) {
      cancelMigration(input: $input) {
        __typename
        ... on CancelMigrationSuccess {
          migration {
            id
            ...Migration_State
          }
        }
        ... on Error {
          code
          message
        }
      }
    }
  `,
  [MigrationState],
)

export const RollBackMigration = graphql(
  `
    mutation Migration_RollBack($input: RollbackMigrationInput!) {
      rollbackMigration(input: $input) {
        __typename
        ... on RollbackMigrationSuccess {
          migration {
            id
            ...Migration_State
          }
        }
        ... on Error {
          code
          message
        }
      }
    }
  `,
  [MigrationState],
)

export const FinishMigration = graphql(
  `
    mutation Migration_Finish($input: FinishMigrationInput!) {
      finishMigration(input: $input) {
        __typename
        ... on FinishMigrationSuccess {
          migration {
            id
            ...Migration_State
          }
        }
        ... on Error {
          code
          message
        }
      }
    }
  `,
  [MigrationState],
)

export const RetryItems = graphql(
  `
    mutation Migration_Retry($input: RetryMigrationItemsInput!) {
      retryMigrationItems(input: $input) {
        __typename
        ... on RetryMigrationItemsSuccess {
          migration {
            id
            ...Migration_State
          }
        }
        ... on Error {
          code
          message
        }
      }
    }
  `,
  [MigrationState],
)
