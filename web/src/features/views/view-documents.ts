import { graphql } from '@/graphql/graphql.ts'

export const SavedViews = graphql(`
  query Views_All {
    savedViews {
      id
      name
      search
      orderBy
    }
  }
`)

export const SaveView = graphql(`
  mutation Views_Save($input: SaveViewInput!) {
    saveView(input: $input) {
      __typename
      ... on SaveViewSuccess {
        view {
          id
          name
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
`)

export const DeleteView = graphql(`
  mutation Views_Delete($input: DeleteViewInput!) {
    deleteView(input: $input) {
      __typename
      ... on DeleteViewSuccess {
        id
      }
      ... on Error {
        code
        message
      }
    }
  }
`)
