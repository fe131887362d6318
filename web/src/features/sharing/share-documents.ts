import { graphql } from '@/graphql/graphql.ts'

export const DocumentShares = graphql(`
  query Sharing_Document($id: ID!) {
    document(id: $id) {
      id
      shares {
        id
        level
        user {
          id
          name
          email
        }
        group {
          id
          name
        }
      }
      links {
        id
        hasPassword
        expiresAt
        maxDownloads
        downloads
        createdAt
      }
    }
    groups(first: 100) {
      edges {
        cursor
        node {
          id
          name
        }
      }
    }
  }
`)

export const ShareDocument = graphql(`
  mutation Sharing_Share($input: ShareDocumentInput!) {
    shareDocument(input: $input) {
      __typename
      ... on ShareDocumentSuccess {
        share {
          id
          level
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

export const UnshareDocument = graphql(`
  mutation Sharing_Unshare($input: UnshareDocumentInput!) {
    unshareDocument(input: $input) {
      __typename
      ... on UnshareDocumentSuccess {
        shareId
      }
      ... on Error {
        code
        message
      }
    }
  }
`)

export const CreateLink = graphql(`
  mutation Sharing_CreateLink($input: CreateShareLinkInput!) {
    createShareLink(input: $input) {
      __typename
      ... on CreateShareLinkSuccess {
        url
        link {
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

export const RevokeLink = graphql(`
  mutation Sharing_RevokeLink($input: RevokeShareLinkInput!) {
    revokeShareLink(input: $input) {
      __typename
      ... on RevokeShareLinkSuccess {
        link {
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
