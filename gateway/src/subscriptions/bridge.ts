import { buildOperationContext, executeQueryPlan } from '@apollo/gateway'
import { operationFromDocument } from '@apollo/federation-internals'
import type { FetchNode, PlanNode, QueryPlan } from '@apollo/query-planner'
import { getVariableValues, GraphQLError, type ExecutionResult } from 'graphql'
import type { SubgraphLink } from '@archivolt/kit/server/subgraph-link'
import type { GatewayContext, StreamSlot } from '../context.ts'
import { callBody, type DataSource } from '../data-source.ts'
import type { Mint } from '../identity/mint.ts'
import type { ExecutorLayer, ExecutorRequest, Snapshot } from '../supergraph.ts'
import { mapStream } from './map-stream.ts'

export type EventStream = AsyncIterableIterator<ExecutionResult>
type RequestContext = ExecutorRequest & { readonly context: GatewayContext }

interface Deps {
  linkFor(subgraph: string): SubgraphLink
  mint: Mint
}

/**
 * Subscriptions over the whole graph. The stream is opened on the subgraph that owns the root field; what an event
 * selects beyond that is planned once and fetched for each event, as a query would be.
 */
export function subscriptionLayer(deps: Deps): ExecutorLayer {
  return (next, snapshot) => async (requestContext) => {
    const request = requestContext as RequestContext
    const { stream } = request.context
    if (request.operation.operation !== 'subscription') {
      if (stream) throw badRequest('This socket carries subscriptions. Send queries and mutations over HTTP.')
      return next(requestContext)
    }
    if (!stream) throw badRequest('Subscriptions need a WebSocket with the protocol graphql-transport-ws.')
    const { errors } = getVariableValues(
      snapshot().clientSchema,
      request.operation.variableDefinitions ?? [],
      request.request.variables ?? {},
    )
    if (errors) return { errors }
    stream.opened = await openStream(request, stream, snapshot(), deps)
    return { data: null }
  }
}

const badRequest = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } })

async function openStream(
  request: RequestContext,
  stream: StreamSlot,
  snapshot: Snapshot,
  deps: Deps,
): Promise<EventStream> {
  const { primary, rest } = plan(request, snapshot)
  const cancel = new AbortController()
  const signal = AbortSignal.any([request.context.signal, cancel.signal])
  const body = callBody({
    query: primary.operation,
    variables: variablesOf(primary, request),
    operationName: primary.operationName,
  })
  const identity = await deps.mint(primary.serviceName, request.context, body)
  const events = deps.linkFor(primary.serviceName).subscribe({ body, identity, signal })
  const perEvent: QueryPlan = {
    kind: 'QueryPlan',
    node: { kind: 'Sequence', nodes: rest ? [primary, rest] : [primary] },
  }
  // Fresh metrics each time: Apollo collects error paths there, and a stream may live for days.
  const shape = async (event: ExecutionResult): Promise<ExecutionResult> => {
    await stream.beforeEvent()
    return run(
      perEvent,
      primary.serviceName,
      event,
      { ...request, metrics: {}, context: { ...request.context, signal } },
      snapshot,
    )
  }
  return mapStream(events, shape, () => cancel.abort())
}

function plan(request: RequestContext, snapshot: Snapshot): { primary: FetchNode; rest?: PlanNode } {
  const operation = operationFromDocument(snapshot.plannerSchema, request.document, {
    operationName: request.request.operationName,
  })
  const { node } = snapshot.planner.buildQueryPlan(operation)
  if (node?.kind !== 'Subscription') throw new Error(`a subscription was planned as ${node?.kind}`)
  return node
}

function variablesOf(fetch: FetchNode, request: RequestContext): Record<string, unknown> | undefined {
  const given = request.request.variables ?? {}
  const used = (fetch.variableUsages ?? []).filter((name) => Object.hasOwn(given, name) && given[name] !== undefined)
  return used.length ? Object.fromEntries(used.map((name) => [name, given[name]])) : undefined
}

async function run(
  perEvent: QueryPlan,
  owner: string,
  event: ExecutionResult,
  request: RequestContext,
  snapshot: Snapshot,
): Promise<ExecutionResult> {
  const operation = buildOperationContext({
    schema: snapshot.clientSchema,
    operationDocument: request.document,
    operationName: request.request.operationName,
  })
  const sources = { ...snapshot.sources, [owner]: answeringFirst(event, snapshot.sources[owner]!) }
  return executeQueryPlan(perEvent, sources, request, operation, snapshot.supergraphSchema, snapshot.plannerSchema)
}

/** The plan begins with the fetch that the event already is the answer to; later fetches from its owner are real. */
function answeringFirst(event: ExecutionResult, source: DataSource): DataSource {
  let given = false
  return {
    async process(options) {
      if (given) return source.process(options)
      given = true
      return event as Awaited<ReturnType<DataSource['process']>>
    },
  }
}
