import { unwrapResolverError } from '@apollo/server/errors'
import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import type { Logger } from '../log/logger.ts'
import { DomainError } from './domain-error.ts'

/** Top-level codes that may leave a service with their own message; every other error is masked. */
const PUBLIC_CODES = new Set([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'BAD_USER_INPUT',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
  'BAD_REQUEST',
  'RATE_LIMITED',
])

export const unauthenticated = (): GraphQLError =>
  new GraphQLError('Sign in to continue.', { extensions: { code: 'UNAUTHENTICATED' } })

export const forbidden = (): GraphQLError =>
  new GraphQLError('You may not do this.', { extensions: { code: 'FORBIDDEN' } })

/**
 * The only way an error leaves a service. Domain errors keep message and code; refusals and client faults keep
 * theirs without "Did you mean" hints; everything else becomes one sentence with the request id, and is logged.
 */
export function toPublicError(
  formatted: GraphQLFormattedError,
  error: unknown,
  at: { requestId: string; log: Logger },
): GraphQLFormattedError {
  const original = unwrapResolverError(error)
  const where = {
    ...(formatted.locations && { locations: formatted.locations }),
    ...(formatted.path && { path: formatted.path }),
  }
  if (original instanceof DomainError) {
    return { message: original.message, ...where, extensions: { code: original.code } }
  }
  const code = formatted.extensions?.code
  if (typeof code === 'string' && PUBLIC_CODES.has(code)) {
    return { message: formatted.message.replace(/ ?Did you mean.*$/s, ''), ...where, extensions: { code } }
  }
  at.log.error({ err: original, path: formatted.path, requestId: at.requestId }, 'unexpected error in a resolver')
  return {
    message: `Something went wrong on our side. Tell your administrator this number: ${at.requestId}`,
    ...where,
    extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: at.requestId },
  }
}
