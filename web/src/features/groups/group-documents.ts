import { graphql, type FragmentOf } from '@/graphql/graphql.ts'

export const GroupFacts = graphql(`
  fragment Groups_Group on Group {
    id
    name
    description
    builtIn
    createdAt
    memberCount
  }
`)
export type GroupFacts = FragmentOf<typeof GroupFacts>

export const Groups = graphql(
  `
    query Groups_List($first: Int!, $after: String) {
      groups(first: $first, after: $after) {
        totalCount
        edges {
          cursor
          node {
            id
            ...Groups_Group
          }
        }
        pageInfo {
          endCursor
          hasNextPage
        }
      }
    }
  `,
  [GroupFacts],
)

export const Group = graphql(
  `
    query Groups_One($id: ID!, $first: Int!, $after: String) {
      group(id: $id) {
        id
        ...Groups_Group
        members(first: $first, after: $after) {
          edges {
            cursor
            node {
              id
              name
              email
              active
            }
          }
          pageInfo {
            endCursor
            hasNextPage
          }
        }
      }
    }
  `,
  [GroupFacts],
)

export const CreateGroup = graphql(
  `
    mutation Groups_Create($input: CreateGroupInput!) {
      createGroup(input: $input) {
        __typename
        ... on CreateGroupSuccess {
          group {
            id
            ...Groups_Group
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
  [GroupFacts],
)

export const UpdateGroup = graphql(
  `
    mutation Groups_Update($input: UpdateGroupInput!) {
      updateGroup(input: $input) {
        __typename
        ... on UpdateGroupSuccess {
          group {
            id
            ...Groups_Group
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
  [GroupFacts],
)

export const DeleteGroup = graphql(`
  mutation Groups_Delete($input: DeleteGroupInput!) {
    deleteGroup(input: $input) {
      __typename
      ... on DeleteGroupSuccess {
        groupId
      }
      ... on Error {
        code
        message
      }
    }
  }
`)

export const AddMember = graphql(`
  mutation Groups_AddMember($input: AddGroupMemberInput!) {
    addGroupMember(input: $input) {
      __typename
      ... on AddGroupMemberSuccess {
        group {
          id
          memberCount
        }
      }
      ... on Error {
        code
        message
      }
    }
  }
`)

export const RemoveMember = graphql(`
  mutation Groups_RemoveMember($input: RemoveGroupMemberInput!) {
    removeGroupMember(input: $input) {
      __typename
      ... on RemoveGroupMemberSuccess {
        group {
          id
          memberCount
        }
      }
      ... on Error {
        code
        message
      }
    }
  }
`)

/** What can be given to people and groups. */
export const Apps = graphql(`
  query Groups_Apps {
    plugins(first: 100) {
      edges {
        cursor
        node {
          id
          name
          access {
            allowSuperuser
            requiredGroups
          }
        }
      }
    }
  }
`)

export const GrantApp = graphql(`
  mutation Groups_GrantApp($input: GrantAppInput!) {
    grantApp(input: $input) {
      __typename
      ... on GrantAppSuccess {
        app {
          id
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

export const RevokeApp = graphql(`
  mutation Groups_RevokeApp($input: RevokeAppInput!) {
    revokeApp(input: $input) {
      __typename
      ... on RevokeAppSuccess {
        app {
          id
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
