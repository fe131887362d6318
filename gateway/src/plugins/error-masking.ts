import type { GraphQLError, GraphQLFormattedError } from 'graphql'
import type { MaskError } from '../errors/mask-error.ts'
import type { GatewayPlugin } from './plugin.ts'

/** Lets only public errors out, and nothing of what executors put into `extensions`. */
export function errorMasking(mask: MaskError): GatewayPlugin {
  return {
    async requestDidStart() {
      return {
        async willSendResponse({ response, errors, contextValue }) {
          if (response.body.kind !== 'single') return
          const result = response.body.singleResult
          const { extensions } = result
          delete result.extensions
          const shown = result.errors?.map((error, i) => mask(error, errors?.[i], contextValue)) ?? []
          const broken = incomplete(extensions).map((error) =>
            mask({ message: error.message, path: error.path }, error, contextValue),
          )
          const all = [...shown, ...broken.slice(0, 1)]
          if (all.length) result.errors = all
        },
      }
    },
  }
}

/** Apollo hides there that a subgraph broke its schema, and the client would see a bare null. */
function incomplete(extensions: Record<string, unknown> | undefined): (GraphQLError | GraphQLFormattedError)[] {
  const found = extensions?.valueCompletion
  return Array.isArray(found) ? (found as GraphQLError[]) : []
}
