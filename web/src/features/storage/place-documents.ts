import { graphql, type FragmentOf, type VariablesOf } from '@/graphql/graphql.ts'

/** Whatever changes a place asks for all of it, so that its card is right without asking again. */
export const StoragePlace = graphql(`
  fragment Storage_Place on StorageBackend {
    id
    name
    driver
    current
    createdAt
    settings {
      name
      value
    }
    health {
      state
      message
      warning
      latencyMs
      freeBytes
      checkedAt
    }
  }
`)
export type StoragePlace = FragmentOf<typeof StoragePlace>

export const Places = graphql(
  `
    query Storage_Places {
      storageConfig {
        backends {
          id
          ...Storage_Place
        }
      }
    }
  `,
  [StoragePlace],
)

export const AddPlace = graphql(
  `
    mutation Storage_Add($input: AddStorageBackendInput!) {
      addStorageBackend(input: $input) {
        __typename
        ... on AddStorageBackendSuccess {
          backend {
            id
            ...Storage_Place
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
  [StoragePlace],
)
export type PlaceInput = VariablesOf<typeof AddPlace>['input']

export const UpdatePlace = graphql(
  `
    mutation Storage_Update($input: UpdateStorageBackendInput!) {
      updateStorageBackend(input: $input) {
        __typename
        ... on UpdateStorageBackendSuccess {
          backend {
            id
            ...Storage_Place
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
  [StoragePlace],
)

export const TestPlace = graphql(
  `
    mutation Storage_Test($input: TestStorageBackendInput!) {
      testStorageBackend(input: $input) {
        __typename
        ... on TestStorageBackendSuccess {
          backend {
            id
            ...Storage_Place
          }
        }
        ... on Error {
          code
          message
        }
      }
    }
  `,
  [StoragePlace],
)

export const ChoosePlace = graphql(`
  mutation Storage_Choose($input: ConfigureStorageInput!) {
    configureStorage(input: $input) {
      __typename
      ... on ConfigureStorageSuccess {
        storageConfig {
          backends {
            id
            current
          }
        }
      }
      ... on Error {
        code
        message
      }
    }
  }
`)

export const RemovePlace = graphql(`
  mutation Storage_Remove($input: RemoveStorageBackendInput!) {
    removeStorageBackend(input: $input) {
      __typename
      ... on RemoveStorageBackendSuccess {
        backendId
      }
      ... on Error {
        code
        message
      }
    }
  }
`)
