import { graphql, type FragmentOf, type VariablesOf } from '@/graphql/graphql.ts'

const Connection = graphql(`
  fragment Connections_Connection on CloudConnection {
    id
    name
    provider
    account
    state
    message
    documents
    freeBytes
    usedForNewDocuments
    lastUsedAt
  }
`)
export type Connection = FragmentOf<typeof Connection>

export const Connections = graphql(
  `
    query Connections_List {
      cloudProviders {
        provider
        name
        available
      }
      cloudConnections(first: 100) {
        edges {
          cursor
          node {
            id
            ...Connections_Connection
          }
        }
      }
    }
  `,
  [Connection],
)

export const ConnectCloud = graphql(
  `
    mutation Connections_Connect($input: ConnectCloudInput!) {
      connectCloud(input: $input) {
        __typename
        ... on ConnectCloudSuccess {
          authorizeUrl
          connection {
            id
            ...Connections_Connection
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
  [Connection],
)
export type Provider = VariablesOf<typeof ConnectCloud>['input']['provider']

export const CompleteConnection = graphql(
  `
    mutation Connections_Complete($input: CompleteCloudConnectionInput!) {
      completeCloudConnection(input: $input) {
        __typename
        ... on CompleteCloudConnectionSuccess {
          connection {
            id
            ...Connections_Connection
          }
        }
        ... on Error {
          code
          message
        }
      }
    }
  `,
  [Connection],
)

export const DisconnectCloud = graphql(`
  mutation Connections_Disconnect($input: DisconnectCloudInput!) {
    disconnectCloud(input: $input) {
      __typename
      ... on DisconnectCloudSuccess {
        connectionId
      }
      ... on Error {
        code
        message
      }
    }
  }
`)

export const ChoosePlace = graphql(`
  mutation Connections_ChoosePlace($input: ChooseUploadPlaceInput!) {
    chooseUploadPlace(input: $input) {
      __typename
      ... on ChooseUploadPlaceSuccess {
        connection {
          id
        }
      }
      ... on Error {
        code
        message
      }
    }
  }
`)
