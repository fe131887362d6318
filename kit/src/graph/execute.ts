import {
  execute,
  GraphQLError,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLFormattedError,
  type GraphQLSchema,
  parse,
  subscribe,
  validate,
} from 'graphql'
import { toPublicError } from '../errors/to-graphql.ts'
import type { SubgraphContext } from './context.ts'
import { mapEvents } from './iterator.ts'

export interface GraphqlRequest {
  query: string
  variables?: Record<string, unknown> | null
  operationName?: string | null
}

export interface Executor<Context extends SubgraphContext> {
  execute(request: GraphqlRequest, context: Context): Promise<ExecutionResult>
  /** The stream of results, or one result with errors when the operation cannot start. */
  subscribe(
    request: GraphqlRequest,
    context: Context,
  ): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult>
}

/** The gateway sends a bounded set of operation texts; this many are kept parsed and validated. */
const KEPT_DOCUMENTS = 1000

/** graphql-js over one schema, with documents parsed and validated once and all errors made public-safe. */
export function createExecutor<Context extends SubgraphContext>(schema: GraphQLSchema): Executor<Context> {
  const documents = new Map<string, DocumentNode | readonly GraphQLError[]>()

  const prepare = (query: string): DocumentNode | readonly GraphQLError[] => {
    const known = documents.get(query)
    if (known) return known
    const prepared = parseAndValidate(schema, query)
    if (documents.size >= KEPT_DOCUMENTS) documents.delete(documents.keys().next().value as string)
    documents.set(query, prepared)
    return prepared
  }

  const argsFor = (request: GraphqlRequest, context: Context): ExecutionArgs | readonly GraphQLError[] => {
    const document = prepare(request.query)
    if (!('kind' in document)) return document
    return {
      schema,
      document,
      variableValues: request.variables,
      operationName: request.operationName,
      contextValue: context,
    }
  }

  return {
    async execute(request, context) {
      const args = argsFor(request, context)
      return publicResult('schema' in args ? await execute(args) : { errors: args }, context)
    },
    async subscribe(request, context) {
      const args = argsFor(request, context)
      if (!('schema' in args)) return publicResult({ errors: args }, context)
      const stream = await subscribe(args)
      if (!(Symbol.asyncIterator in stream)) return publicResult(stream, context)
      return mapEvents(stream, (result) => publicResult(result, context))
    },
  }
}

function parseAndValidate(schema: GraphQLSchema, query: string): DocumentNode | readonly GraphQLError[] {
  try {
    const document = parse(query, { maxTokens: 20_000 })
    const errors = validate(schema, document, undefined, { hideSuggestions: true } as object)
    return errors.length ? errors.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED')) : document
  } catch (error) {
    if (error instanceof GraphQLError) return [withCode(error, 'GRAPHQL_PARSE_FAILED')]
    throw error
  }
}

function withCode(error: GraphQLError, code: string): GraphQLError {
  return new GraphQLError(error.message, {
    nodes: error.nodes,
    source: error.source,
    positions: error.positions,
    extensions: { code },
  })
}

/** Variables of a wrong type fail in graphql-js before any resolver, without a code and without an original error. */
function isClientFault(error: GraphQLError): boolean {
  return error.originalError === undefined && error.path === undefined && error.extensions.code === undefined
}

function publicResult(result: ExecutionResult, context: SubgraphContext): ExecutionResult {
  if (!result.errors) return result
  const errors = result.errors.map((raw) => {
    const error = isClientFault(raw) ? withCode(raw, 'BAD_USER_INPUT') : raw
    return toPublicError(error.toJSON(), error, {
      requestId: context.identity.requestId,
      log: context.log,
    }) as GraphQLFormattedError & GraphQLError
  })
  return { ...result, errors }
}
