import type { GraphQLDataSource, GraphQLDataSourceProcessOptions } from '@apollo/gateway'
import { Kind, type DocumentNode, type FragmentDefinitionNode } from 'graphql'
import type { SubgraphLink } from '@archivolt/kit/server/subgraph-link'
import type { GatewayContext } from './context.ts'
import type { Mint } from './identity/mint.ts'
import { isSessionMutation, settableCookies } from './identity/session-cookies.ts'

export type DataSource = GraphQLDataSource<GatewayContext>
type Call = GraphQLDataSourceProcessOptions<GatewayContext>
type Answer = Awaited<ReturnType<DataSource['process']>>

/** The one subgraph that may see and set the cookies of a session. */
const SESSION_OWNER = 'identity'

interface Operation {
  query?: string
  variables?: Record<string, unknown>
  operationName?: string
}

/**
 * The JSON text of a subgraph call. The signed identity covers it, and a subgraph that got it over WebSocket builds
 * it again from its parts, so the order of the keys is part of the contract.
 */
export const callBody = ({ query, variables, operationName }: Operation): string =>
  JSON.stringify({ query, variables, operationName })

/** Carries the calls of a query plan to one subgraph: adds the signed identity, and on session mutations the cookies. */
export function createDataSource(link: Pick<SubgraphLink, 'name' | 'execute'>, mint: Mint): DataSource {
  return {
    async process(options) {
      const context = options.context as GatewayContext
      const body = callBody(options.request)
      const cookies = link.name === SESSION_OWNER && changesSession(options) ? context.cookies : undefined
      const { result, setCookies } = await link.execute({
        body,
        identity: await mint(link.name, context, body),
        cookie: cookies?.session,
        // Half a mutation helps nobody: once sent, it is let run.
        signal: isMutation(options) ? undefined : context.signal,
      })
      cookies?.set(settableCookies(setCookies))
      return result as Answer
    },
  }
}

const isMutation = (options: Call): boolean => /^\s*mutation\b/.test(options.request.query ?? '')

function changesSession(options: Call): boolean {
  if (
    options.kind !== ('incoming operation' as Call['kind']) ||
    !isMutation(options) ||
    !('incomingRequestContext' in options)
  )
    return false
  const { operation, document } = options.incomingRequestContext
  return isSessionMutation(operation, fragmentsOf(document))
}

function fragmentsOf(document: DocumentNode): Record<string, FragmentDefinitionNode> {
  const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
  return Object.fromEntries(fragments.map((fragment) => [fragment.name.value, fragment]))
}
