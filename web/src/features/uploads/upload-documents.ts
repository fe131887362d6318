import { graphql } from '@/graphql/graphql.ts'

export const CreateUpload = graphql(`
  mutation Uploads_Create($input: CreateUploadInput!) {
    createUpload(input: $input) {
      __typename
      ... on CreateUploadSuccess {
        upload {
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
      }
      ... on Error {
        code
        message
      }
    }
  }
`)

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
