import { GraphQLError, Kind, visit, BREAK, type DocumentNode } from 'graphql'
import type { GatewayPlugin } from './plugin.ts'

/** Whoever has not signed in gets no list of what there is to try. */
export function introspection({ onlySignedIn }: { onlySignedIn: boolean }): GatewayPlugin {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ document, contextValue }) {
          if (!onlySignedIn || contextValue.session || !asksForSchema(document)) return
          throw new GraphQLError('Sign in to read the schema.', {
            extensions: { code: 'UNAUTHENTICATED', http: { status: 401 } },
          })
        },
      }
    },
  }
}

function asksForSchema(document: DocumentNode): boolean {
  let found = false
  visit(document, {
    [Kind.FIELD]({ name }) {
      if (name.value !== '__schema' && name.value !== '__type') return undefined
      found = true
      return BREAK
    },
  })
  return found
}
