import { graphql } from '@/graphql/graphql.ts'

/** What people say of a document, apart from its file. */
export const DocumentFacts_Document = graphql(`
  fragment DocumentFacts_Document on Document {
    id
    title
    notes
    language
    documentDate
    level
    updatedAt
    category {
      id
      name
      color
      icon
    }
    topics {
      provenance
      topic {
        id
        name
      }
    }
  }
`)
