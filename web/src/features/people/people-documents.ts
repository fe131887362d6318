import { graphql, type FragmentOf } from '@/graphql/graphql.ts'

/** Whatever changes an account asks for this, so that it is right wherever it is shown. */
export const Account = graphql(`
  fragment People_Account on User {
    id
    name
    email
    emailVerified
    role
    active
    createdAt
  }
`)
export type Account = FragmentOf<typeof Account>

/** `usage` for those who may see what others store; for anyone else asking would refuse the whole field. */
export const People = graphql(
  `
    query People_List($first: Int!, $after: String, $filter: UserFilter, $usage: Boolean!) {
      users(first: $first, after: $after, filter: $filter) {
        totalCount
        edges {
          cursor
          node {
            id
            ...People_Account
            storageUsage @include(if: $usage) {
              used
              limit
            }
          }
        }
        pageInfo {
          endCursor
          hasNextPage
        }
      }
    }
  `,
  [Account],
)

export const Person = graphql(
  `
    query People_Person($id: ID!, $usage: Boolean!) {
      user(id: $id) {
        id
        ...People_Account
        fullName
        phone
        language
        timeZone
        groups {
          id
          name
          builtIn
        }
        storageUsage @include(if: $usage) {
          used
          reserved
          limit
          own
        }
      }
    }
  `,
  [Account],
)

/** A few people by the beginning of a search, for choosing one. */
export const FindPeople = graphql(`
  query People_Find($search: String!) {
    users(first: 8, filter: { search: $search, active: true }) {
      edges {
        cursor
        node {
          id
          name
          email
        }
      }
    }
  }
`)

export const UpdateUser = graphql(
  `
    mutation People_Update($input: UpdateUserInput!) {
      updateUser(input: $input) {
        __typename
        ... on UpdateUserSuccess {
          user {
            id
            ...People_Account
          }
        }
        ... on Error {
          code
          message
        }
      }
    }
  `,
  [Account],
)
