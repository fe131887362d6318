import { graphql } from '@/graphql/graphql.ts'
import { DocumentFacts_Document } from './components/document-facts.ts'
import { DocumentRow_Document } from './components/DocumentRow.vue'

export const UpdateDocument = graphql(
  `
    mutation Document_Update($input: UpdateDocumentInput!) {
      updateDocument(input: $input) {
        __typename
        ... on UpdateDocumentSuccess {
          document {
            id
            ...DocumentFacts_Document
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
  [DocumentFacts_Document],
)

export const TrashDocuments = graphql(
  `
    mutation Document_Trash($input: TrashDocumentsInput!) {
      trashDocuments(input: $input) {
        __typename
        ... on TrashDocumentsSuccess {
          documents {
            id
            ...DocumentRow_Document
          }
        }
        ... on Error {
          code
          message
        }
      }
    }
  `,
  [DocumentRow_Document],
)

export const RestoreDocuments = graphql(
  `
    mutation Document_Restore($input: RestoreDocumentsInput!) {
      restoreDocuments(input: $input) {
        __typename
        ... on RestoreDocumentsSuccess {
          documents {
            id
            ...DocumentRow_Document
          }
        }
        ... on Error {
          code
          message
        }
      }
    }
  `,
  [DocumentRow_Document],
)

export const ReadAgain = graphql(`
  mutation Document_ReadAgain($input: ReprocessDocumentsInput!) {
    reprocessDocuments(input: $input) {
      __typename
      ... on ReprocessDocumentsSuccess {
        reprocessing {
          id
        }
      }
      ... on Error {
        code
        message
      }
    }
  }
`)

export const RestoreVersion = graphql(
  `
    mutation Document_RestoreVersion($input: RestoreVersionInput!) {
      restoreVersion(input: $input) {
        __typename
        ... on RestoreVersionSuccess {
          document {
            id
            ...DocumentRow_Document
          }
        }
        ... on Error {
          code
          message
        }
      }
    }
  `,
  [DocumentRow_Document],
)
