import { graphql, type FragmentOf } from '@/graphql/graphql.ts'

export const SessionUser = graphql(`
  fragment Session_User on User {
    id
    name
    email
    role
  }
`)
export type SessionUser = FragmentOf<typeof SessionUser>

export const RefreshSession = graphql(
  `
    mutation Session_Refresh {
      refreshSession {
        __typename
        ... on RefreshSessionSuccess {
          accessToken
          expiresAt
          user {
            ...Session_User
          }
        }
        ... on Error {
          code
          message
        }
      }
    }
  `,
  [SessionUser],
)

export const Login = graphql(
  `
    mutation SignInForm_Login($input: LoginInput!) {
      login(input: $input) {
        __typename
        ... on LoginSuccess {
          accessToken
          expiresAt
          user {
            ...Session_User
          }
        }
        ... on RateLimitedError {
          retryAfterSeconds
        }
        ... on Error {
          code
          message
        }
      }
    }
  `,
  [SessionUser],
)

export const Register = graphql(
  `
    mutation RegisterForm_Register($input: RegisterInput!) {
      register(input: $input) {
        __typename
        ... on RegisterSuccess {
          accessToken
          expiresAt
          user {
            ...Session_User
          }
        }
        ... on InvalidInputError {
          field
        }
        ... on RateLimitedError {
          retryAfterSeconds
        }
        ... on Error {
          code
          message
        }
      }
    }
  `,
  [SessionUser],
)

export const Logout = graphql(`
  mutation Session_Logout {
    logout {
      __typename
      ... on Error {
        code
        message
      }
    }
  }
`)
