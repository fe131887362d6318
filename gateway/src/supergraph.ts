import { ApolloGateway } from '@apollo/gateway'
import { Supergraph, type Schema } from '@apollo/federation-internals'
import { QueryPlanner } from '@apollo/query-planner'
import type { ApolloServerOptionsWithGateway } from '@apollo/server'
import type { GraphQLSchema } from 'graphql'
import type { Logger } from '@archivolt/kit/log/logger'
import type { GatewayContext } from './context.ts'
import type { DataSource } from './data-source.ts'

/** Apollo Server's side of a gateway. */
type GatewayInterface = ApolloServerOptionsWithGateway<GatewayContext>['gateway']
export type GatewayExecutor = NonNullable<Awaited<ReturnType<GatewayInterface['load']>>['executor']>
/** One operation on its way to an executor. */
export type ExecutorRequest = Parameters<GatewayExecutor>[0]

// @apollo/gateway reports usage to its maker unless this is set before it is constructed.
process.env.APOLLO_TELEMETRY_DISABLED = 'true'

/** One state of the supergraph. A running stream keeps the one it began with. */
export interface Snapshot {
  /** What clients see. */
  clientSchema: GraphQLSchema
  /** The same, as the planner wants it. */
  plannerSchema: Schema
  /** What the subgraphs see, with what clients may not. */
  supergraphSchema: GraphQLSchema
  planner: QueryPlanner
  sources: Record<string, DataSource>
}

/** Answers the operations it is for, and leaves the others to `next`. */
export type ExecutorLayer = (next: GatewayExecutor, snapshot: () => Snapshot) => GatewayExecutor

interface Options {
  sdl: string
  sourceFor(subgraph: string): DataSource
  /** The first is the outermost; the innermost is Apollo's own executor. */
  layers: readonly ExecutorLayer[]
  log: Logger
}

export interface ReplaceableSupergraph extends GatewayInterface {
  /**
   * Puts another supergraph in place of the running one; operations and streams under way end with the one they began
   * with. @throws Error when it cannot be used: then nothing changes
   */
  replace(sdl: string): void
}

/**
 * What Apollo Server runs on: plans over `sdl` and executes them with `sourceFor` each subgraph. How the SDL arrives
 * is known here alone.
 */
export function createSupergraph({ sdl, sourceFor, layers, log }: Options): ReplaceableSupergraph {
  let update: ((sdl: string) => void) | undefined
  const sources: Record<string, DataSource> = Object.create(null)
  const gateway = new ApolloGateway({
    supergraphSdl: async (handles) => {
      update = handles.update
      return { supergraphSdl: sdl }
    },
    buildService: ({ name }) => (sources[name] ??= sourceFor(name)),
    __exposeQueryPlanExperimental: false,
    logger: quiet(log),
  })
  let current: Snapshot | undefined
  gateway.onSchemaLoadOrUpdate(({ apiSchema, coreSupergraphSdl }) => {
    current = takeSnapshot(apiSchema, coreSupergraphSdl, { ...sources })
  })
  const snapshot = (): Snapshot => {
    if (!current) throw new Error('the supergraph is not loaded')
    return current
  }
  return {
    onSchemaLoadOrUpdate: (callback) => gateway.onSchemaLoadOrUpdate(callback),
    async load(options) {
      const { executor } = await gateway.load(options)
      return { executor: layers.reduceRight<GatewayExecutor>((next, layer) => layer(next, snapshot), executor) }
    },
    stop: () => gateway.stop(),
    replace(next) {
      if (!update) throw new Error('the supergraph is not loaded')
      update(next)
    },
  }
}

function takeSnapshot(clientSchema: GraphQLSchema, sdl: string, sources: Record<string, DataSource>): Snapshot {
  const supergraph = Supergraph.build(sdl)
  return {
    clientSchema,
    plannerSchema: supergraph.apiSchema(),
    supergraphSchema: supergraph.schema.toGraphQLJSSchema(),
    planner: new QueryPlanner(supergraph),
    sources,
  }
}

/** Apollo tells on `info` what is of interest once a day at most. */
const quiet = (log: Logger) => ({
  debug: (text?: string) => log.trace(text),
  info: (text?: string) => log.debug(text),
  warn: (text?: string) => log.warn(text),
  error: (text?: string) => log.error(text),
})
