import { composeServices } from '@apollo/composition'
import { Supergraph } from '@apollo/federation-internals'
import { findBreakingChanges, findDangerousChanges, parse, type GraphQLSchema } from 'graphql'
import { keysOf, objectionTo, type House } from './claims.ts'

export interface NamedSdl {
  name: string
  /** Where it answers; it only tells one state of a subgraph from the next. */
  url: string
  sdl: string
}

export interface ComposeRequest {
  /** The vault's own subgraphs. */
  base: readonly NamedSdl[]
  /** Features as they run now. */
  running: readonly NamedSdl[]
  /** Features as they are to run; the first keeps a name that two want. */
  wanted: readonly NamedSdl[]
}

export interface Composition {
  supergraphSdl: string
  /** The features in it, each as wanted or as it ran before. */
  included: NamedSdl[]
  /** Null for each that is in it as wanted. */
  outcomes: { id: string; error: string | null }[]
}

const MAX_REASON = 1000

/**
 * Adds features to the vault's graph one by one, each tried alone: one that does not fit leaves the graph as it was
 * without it, or with what it ran before, and the reason.
 * @throws Error when the vault's own subgraphs do not compose
 */
export function composeWithFeatures({ base, running, wanted }: ComposeRequest): Composition {
  const ground = compose(base)
  if ('error' in ground) throw new Error(`the vault's own subgraphs do not compose: ${ground.error}`)
  const house: House = { ...schemasOf(ground.sdl), keys: keysOf(base.map(({ sdl }) => sdl)) }
  let supergraphSdl = ground.sdl
  const included: NamedSdl[] = []
  const outcomes = wanted.map((feature) => {
    const before = running.find(({ name, sdl }) => name === feature.name && sdl !== feature.sdl)
    const add = (candidate: NamedSdl): string | null => {
      const tried = tryOne([...base, ...included], candidate, house)
      if ('error' in tried) return tried.error
      supergraphSdl = tried.sdl
      included.push(candidate)
      return null
    }
    const error = add(feature)
    if (error !== null && before) add({ ...feature, sdl: before.sdl })
    return { id: feature.name, error: error === null ? null : error.slice(0, MAX_REASON) }
  })
  return { supergraphSdl, included, outcomes }
}

type Tried = { sdl: string } | { error: string }

function tryOne(ground: readonly NamedSdl[], feature: NamedSdl, house: House): Tried {
  const objection = objectionTo(feature.sdl, house)
  if (objection) return { error: objection }
  const composed = compose([...ground, feature])
  if ('error' in composed) return composed
  const changed = changeOf(house.api, schemasOf(composed.sdl).api)
  return changed ? { error: `it would change the vault's own schema: ${changed}` } : composed
}

function compose(parts: readonly NamedSdl[]): Tried {
  try {
    const { supergraphSdl, errors } = composeServices(
      parts.map(({ name, url, sdl }) => ({ name, url, typeDefs: parse(sdl, { noLocation: true }) })),
    )
    if (supergraphSdl) return { sdl: supergraphSdl }
    return { error: (errors ?? []).map(({ message }) => message).join(' ') }
  } catch (error) {
    return { error: (error as Error).message }
  }
}

function schemasOf(sdl: string): { api: GraphQLSchema; whole: GraphQLSchema } {
  const supergraph = Supergraph.build(sdl)
  return { api: supergraph.apiSchema().toGraphQLJSSchema(), whole: supergraph.schema.toGraphQLJSSchema() }
}

/** What a client of the vault without the feature would find different. */
function changeOf(before: GraphQLSchema, after: GraphQLSchema): string | null {
  const [first] = [...findBreakingChanges(before, after), ...findDangerousChanges(before, after)]
  return first?.description ?? null
}
