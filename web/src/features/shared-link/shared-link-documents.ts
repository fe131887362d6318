import { graphql, type FragmentOf } from '@/graphql/graphql.ts'

const SharedLinkFacts = graphql(`
  fragment SharedLink_Facts on SharedLink {
    title
    filename
    contentType
    size
    expiresAt
    downloadsLeft
  }
`)
export type SharedLinkFacts = FragmentOf<typeof SharedLinkFacts>

export const OpenSharedLink = graphql(
  `
    query SharedLink_Open($token: String!, $password: String) {
      sharedLink(token: $token, password: $password) {
        __typename
        ... on SharedLink {
          ...SharedLink_Facts
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
  [SharedLinkFacts],
)

export const DownloadSharedLink = graphql(
  `
    mutation SharedLink_Download($input: DownloadSharedLinkInput!) {
      downloadSharedLink(input: $input) {
        __typename
        ... on DownloadSharedLinkSuccess {
          url
          link {
            ...SharedLink_Facts
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
  [SharedLinkFacts],
)
