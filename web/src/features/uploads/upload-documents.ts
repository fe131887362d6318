import { graphql } from '@/graphql/graphql.ts'

const Ticket = graphql(`
  fragment Uploads_Ticket on Upload {
    id
    method
    url
    headers {
      name
      value
    }
    partSize
    parts {
      number
      url
    }
    document {
      id
    }
  }
`)

export const CreateUpload = graphql(
  `
    mutation Uploads_Create($input: CreateUploadInput!) {
      createUpload(input: $input) {
        __typename
        ... on CreateUploadSuccess {
          upload {
            ...Uploads_Ticket
          }
        }
        ... on Error {
          code
          message
        }
      }
    }
  `,
  [Ticket],
)

export const ReplaceFile = graphql(
  `
    mutation Uploads_Replace($input: ReplaceFileInput!) {
      replaceFile(input: $input) {
        __typename
        ... on ReplaceFileSuccess {
          upload {
            ...Uploads_Ticket
          }
        }
        ... on Error {
          code
          message
        }
      }
    }
  `,
  [Ticket],
)

export const CompleteUpload = graphql(`
  mutation Uploads_Complete($input: CompleteUploadInput!) {
    completeUpload(input: $input) {
      __typename
      ... on CompleteUploadSuccess {
        document {
          id
          status
          step
          failure
          duplicates {
            id
            title
          }
        }
      }
      ... on Error {
        code
        message
      }
    }
  }
`)

export const AbortUpload = graphql(`
  mutation Uploads_Abort($input: AbortUploadInput!) {
    abortUpload(input: $input) {
      __typename
      ... on Error {
        code
        message
      }
    }
  }
`)

export const UploadedDocument = graphql(`
  query Uploads_Document($id: ID!) {
    document(id: $id) {
      id
      status
      step
      failure
    }
  }
`)
