import { graphql, type FragmentOf } from '@/graphql/graphql.ts'

export const AuditEntry = graphql(`
  fragment Audit_Event on AuditEvent {
    id
    seq
    at
    recordedAt
    type
    service
    ip
    requestId
    actor {
      id
      name
      email
    }
    target {
      type
      id
    }
    details {
      name
      value
    }
  }
`)
export type AuditEntry = FragmentOf<typeof AuditEntry>

export const AuditEvents = graphql(
  `
    query Audit_Events($first: Int!, $after: String, $filter: AuditEventFilter) {
      auditEvents(first: $first, after: $after, filter: $filter) {
        totalCount
        edges {
          cursor
          node {
            id
            ...Audit_Event
          }
        }
        pageInfo {
          endCursor
          hasNextPage
        }
      }
    }
  `,
  [AuditEntry],
)

/** The name of the person that the list is narrowed to. */
export const AuditPerson = graphql(`
  query Audit_Person($id: ID!) {
    user(id: $id) {
      id
      name
    }
  }
`)

export const ExportAuditLog = graphql(`
  mutation Audit_Export {
    exportAuditLog {
      __typename
      ... on ExportAuditLogSuccess {
        exports {
          day
          name
          events
          sha256
          exportedAt
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
