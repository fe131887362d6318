import { graphql, type FragmentOf } from '@/graphql/graphql.ts'

const Profile = graphql(`
  fragment Account_Profile on User {
    id
    name
    fullName
    phone
    timeZone
    email
    emailVerified
    preferences {
      theme
      language
    }
  }
`)
export type Profile = FragmentOf<typeof Profile>

export const MyProfile = graphql(
  `
    query Account_MyProfile {
      me {
        id
        ...Account_Profile
      }
    }
  `,
  [Profile],
)

export const UpdateProfile = graphql(
  `
    mutation Account_UpdateProfile($input: UpdateProfileInput!) {
      updateProfile(input: $input) {
        __typename
        ... on UpdateProfileSuccess {
          user {
            id
            ...Account_Profile
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
  [Profile],
)

export const UpdatePreferences = graphql(
  `
    mutation Account_UpdatePreferences($input: UpdatePreferencesInput!) {
      updatePreferences(input: $input) {
        __typename
        ... on UpdatePreferencesSuccess {
          user {
            id
            ...Account_Profile
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
  [Profile],
)

export const ChangePassword = graphql(`
  mutation Account_ChangePassword($input: ChangePasswordInput!) {
    changePassword(input: $input) {
      __typename
      ... on ChangePasswordSuccess {
        endedSessions
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

export const RequestEmailChange = graphql(`
  mutation Account_RequestEmailChange($input: RequestEmailChangeInput!) {
    requestEmailChange(input: $input) {
      __typename
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

export const MyTwoFactor = graphql(`
  query Account_TwoFactor {
    me {
      id
      twoFactor {
        enabled
        enabledAt
        backupCodesLeft
      }
    }
  }
`)

export const BeginTotp = graphql(`
  mutation Account_BeginTotp {
    beginTotpSetup {
      __typename
      ... on BeginTotpSetupSuccess {
        secret
        uri
      }
      ... on Error {
        code
        message
      }
    }
  }
`)

export const ConfirmTotp = graphql(`
  mutation Account_ConfirmTotp($input: ConfirmTotpSetupInput!) {
    confirmTotpSetup(input: $input) {
      __typename
      ... on ConfirmTotpSetupSuccess {
        backupCodes
      }
      ... on Error {
        code
        message
      }
    }
  }
`)

export const DisableTotp = graphql(`
  mutation Account_DisableTotp($input: DisableTotpInput!) {
    disableTotp(input: $input) {
      __typename
      ... on DisableTotpSuccess {
        enabled
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

export const RegenerateBackupCodes = graphql(`
  mutation Account_RegenerateBackupCodes {
    regenerateBackupCodes {
      __typename
      ... on RegenerateBackupCodesSuccess {
        backupCodes
      }
      ... on Error {
        code
        message
      }
    }
  }
`)

export const MySessions = graphql(`
  query Account_Sessions {
    me {
      id
      sessions(first: 100) {
        edges {
          cursor
          node {
            id
            device
            ip
            current
            createdAt
            lastUsedAt
            expiresAt
          }
        }
      }
    }
  }
`)

export const EndSession = graphql(`
  mutation Account_EndSession($input: EndSessionInput!) {
    endSession(input: $input) {
      __typename
      ... on EndSessionSuccess {
        sessionId
      }
      ... on Error {
        code
        message
      }
    }
  }
`)

export const LogoutEverywhere = graphql(`
  mutation Account_LogoutEverywhere {
    logoutEverywhere {
      __typename
      ... on LogoutEverywhereSuccess {
        endedSessions
      }
      ... on Error {
        code
        message
      }
    }
  }
`)

export const MyTokens = graphql(`
  query Account_Tokens {
    me {
      id
      apiTokens(first: 100) {
        edges {
          cursor
          node {
            id
            name
            hint
            scopes
            createdAt
            expiresAt
            lastUsedAt
            lastUsedIp
          }
        }
      }
    }
  }
`)

export const CreateToken = graphql(`
  mutation Account_CreateToken($input: CreateApiTokenInput!) {
    createApiToken(input: $input) {
      __typename
      ... on CreateApiTokenSuccess {
        token
        apiToken {
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

export const RevokeToken = graphql(`
  mutation Account_RevokeToken($input: RevokeApiTokenInput!) {
    revokeApiToken(input: $input) {
      __typename
      ... on RevokeApiTokenSuccess {
        apiToken {
          id
          revokedAt
        }
      }
      ... on Error {
        code
        message
      }
    }
  }
`)
