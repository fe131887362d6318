import type { GraphQLFormattedError } from 'graphql'
import type { Logger } from '@archivolt/kit/log/logger'
import { SubgraphUnreachable } from '@archivolt/kit/server/subgraph-link'
import type { GatewayContext } from '../context.ts'

/** The only form in which an error leaves the house. `original` is what was thrown, where it is still known. */
export type MaskError = (formatted: GraphQLFormattedError, original: unknown, context: Asker) => GraphQLFormattedError
type Asker = Pick<GatewayContext, 'requestId' | 'session'> & Partial<Pick<GatewayContext, 'signal'>>

/** What the gateway itself says with these codes is meant for clients. */
const OWN_CODES = new Set([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'BAD_REQUEST',
  'BAD_USER_INPUT',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'OPERATION_TOO_LARGE',
  'PERSISTED_QUERY_NOT_SUPPORTED',
  'RATE_LIMITED',
  'UNAVAILABLE',
])

/** A subgraph that refuses the gateway's own query is a fault of ours, so its validation errors are not among them. */
const SUBGRAPH_CODES = new Set(['UNAUTHENTICATED', 'FORBIDDEN', 'BAD_USER_INPUT', 'RATE_LIMITED', 'UNAVAILABLE'])

/** A domain error's code, such as `documents.upload.too_large`. */
const DOMAIN_CODE = /^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$/

/** Between the gateway and a subgraph: says nothing a client could act on. */
const INTERNAL_DOMAIN_CODES = new Set(['identity_refused'])

/** These describe the schema to whoever guesses at it. */
const TELLING_CODES: Record<string, string> = {
  GRAPHQL_VALIDATION_FAILED: 'This operation does not fit the schema. Sign in to see why.',
  BAD_USER_INPUT: 'The variables do not fit the operation. Sign in to see why.',
}

/** @param options.hideSchema says nothing about the schema to callers who have not signed in */
export function createMask(options: { log: Logger; hideSchema: boolean }): MaskError {
  const { log, hideSchema } = options
  return (formatted, original, { requestId, session, signal }) => {
    const { path, locations } = formatted
    const at = { ...(locations && { locations }), ...(path && { path }) }
    const unreachable = unreachableIn(original)
    if (unreachable) {
      // Calls that were dropped because the client is gone look the same.
      if (!signal?.aborted)
        log.warn({ err: unreachable, requestId, subgraph: unreachable.subgraph }, 'a subgraph is not reachable')
      return {
        message: unreachable.message,
        ...(path && { path }),
        extensions: { code: 'UNAVAILABLE', service: unreachable.subgraph },
      }
    }
    const { code, serviceName } = formatted.extensions ?? {}
    if (isPublic(code, serviceName)) {
      const telling = hideSchema && !session && serviceName === undefined ? TELLING_CODES[code] : undefined
      if (telling) return { message: telling, extensions: { code } }
      return { message: withoutHints(formatted.message), ...at, extensions: { code } }
    }
    log.error({ err: original ?? formatted, requestId, path, subgraph: serviceName }, 'unexpected error')
    return {
      message: `Something went wrong on our side. Tell your administrator this number: ${requestId}`,
      ...(path && { path }),
      extensions: { code: 'INTERNAL_SERVER_ERROR', requestId },
    }
  }
}

function isPublic(code: unknown, fromSubgraph: unknown): code is string {
  if (typeof code !== 'string') return false
  if (fromSubgraph === undefined) return OWN_CODES.has(code)
  return SUBGRAPH_CODES.has(code) || (DOMAIN_CODE.test(code) && !INTERNAL_DOMAIN_CODES.has(code))
}

function unreachableIn(error: unknown): SubgraphUnreachable | undefined {
  if (error instanceof SubgraphUnreachable) return error
  const inner = (error as { originalError?: unknown } | undefined)?.originalError
  return inner instanceof SubgraphUnreachable ? inner : undefined
}

const withoutHints = (message: string): string => message.replace(/ ?Did you mean.*$/s, '')
