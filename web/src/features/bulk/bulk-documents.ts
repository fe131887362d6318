import { graphql, type VariablesOf } from '@/graphql/graphql.ts'

const BulkUpdate = graphql(`
  fragment Bulk_Update on BulkUpdate {
    id
    state
    total
    done
    skipped
    kept
  }
`)

export const StartBulk = graphql(
  `
    mutation Bulk_Start($input: BulkUpdateDocumentsInput!) {
      bulkUpdateDocuments(input: $input) {
        __typename
        ... on BulkUpdateDocumentsSuccess {
          bulkUpdate {
            ...Bulk_Update
          }
        }
        ... on Error {
          code
          message
        }
      }
    }
  `,
  [BulkUpdate],
)
export type BulkInput = VariablesOf<typeof StartBulk>['input']

export const UndoBulk = graphql(
  `
    mutation Bulk_Undo($input: UndoBulkUpdateInput!) {
      undoBulkUpdate(input: $input) {
        __typename
        ... on UndoBulkUpdateSuccess {
          bulkUpdate {
            ...Bulk_Update
          }
        }
        ... on Error {
          code
          message
        }
      }
    }
  `,
  [BulkUpdate],
)

export const BulkState = graphql(
  `
    query Bulk_State($id: ID!) {
      bulkUpdate(id: $id) {
        ...Bulk_Update
      }
    }
  `,
  [BulkUpdate],
)

export const PurgeDocuments = graphql(`
  mutation Bulk_Purge($input: PurgeDocumentsInput!) {
    purgeDocuments(input: $input) {
      __typename
      ... on PurgeDocumentsSuccess {
        ids
      }
      ... on Error {
        code
        message
      }
    }
  }
`)

/** The ids of a list alone; asked without the cache, which would take them for a page of what is on view. */
export const MatchingIds = graphql(`
  query Bulk_MatchingIds($search: String!) {
    documents(first: 100, search: $search) {
      edges {
        cursor
        node {
          id
        }
      }
    }
  }
`)
