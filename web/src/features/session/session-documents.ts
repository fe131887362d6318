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

/** What a session may see beyond its role, and how the person wants the client: asked once, after signing in. */
export const SessionSelf = graphql(`
  query Session_Self {
    me {
      id
      groups {
        id
        name
        builtIn
      }
      preferences {
        theme
      }
    }
  }
`)

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
        ... on TwoFactorRequired {
          challengeId
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

export const VerifyTwoFactor = graphql(
  `
    mutation TwoFactorForm_Verify($input: VerifyTwoFactorInput!) {
      verifyTwoFactor(input: $input) {
        __typename
        ... on VerifyTwoFactorSuccess {
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

export const RequestPasswordReset = graphql(`
  mutation ForgottenForm_Request($input: RequestPasswordResetInput!) {
    requestPasswordReset(input: $input) {
      __typename
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
`)

export const ResetPassword = graphql(`
  mutation ResetForm_Reset($input: ResetPasswordInput!) {
    resetPassword(input: $input) {
      __typename
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
`)

export const VerifyEmail = graphql(`
  mutation VerifyEmail_Verify($input: VerifyEmailInput!) {
    verifyEmail(input: $input) {
      __typename
      ... on RateLimitedError {
        retryAfterSeconds
      }
      ... on Error {
        code
        message
      }
    }
  }
`)

export const RequestEmailVerification = graphql(`
  mutation VerificationMail_Request($input: RequestEmailVerificationInput!) {
    requestEmailVerification(input: $input) {
      __typename
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
`)

export const ConfirmEmailChange = graphql(`
  mutation ConfirmEmail_Confirm($input: ConfirmEmailChangeInput!) {
    confirmEmailChange(input: $input) {
      __typename
      ... on ConfirmEmailChangeSuccess {
        changed
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
`)

export const Reauthenticate = graphql(`
  mutation ProveAgain_Reauthenticate($input: ReauthenticateInput!) {
    reauthenticate(input: $input) {
      __typename
      ... on RateLimitedError {
        retryAfterSeconds
      }
      ... on Error {
        code
        message
      }
    }
  }
`)

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
