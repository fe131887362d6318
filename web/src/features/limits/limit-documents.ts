import { graphql } from '@/graphql/graphql.ts'

export const SetQuota = graphql(`
  mutation Limits_SetQuota($input: SetQuotaInput!) {
    setQuota(input: $input) {
      __typename
      ... on SetQuotaSuccess {
        bytes
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

export const GroupQuotas = graphql(`
  query Limits_GroupQuotas {
    groupQuotas {
      groupName
      bytes
    }
  }
`)

export const DocumentLimits = graphql(`
  query Limits_Documents {
    documentLimits {
      maxFileSize
      maxPdfSize
      allowedTypes
    }
  }
`)

export const UpdateDocumentLimits = graphql(`
  mutation Limits_UpdateDocuments($input: UpdateDocumentLimitsInput!) {
    updateDocumentLimits(input: $input) {
      __typename
      ... on UpdateDocumentLimitsSuccess {
        documentLimits {
          maxFileSize
          maxPdfSize
          allowedTypes
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
