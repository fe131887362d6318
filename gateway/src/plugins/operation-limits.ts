import { GraphQLError, parse, type DocumentNode } from 'graphql'
import { measure, type Measure } from '../operations/measure.ts'
import type { GatewayPlugin } from './plugin.ts'

export interface OperationLimits {
  /** Characters of the source. */
  source: number
  tokens: number
  depth: number
  /** Of the introspection fields, whose standard query is deeper than any other. */
  introspectionDepth: number
  aliases: number
  directives: number
  rootFields: number
  /** Fields once all fragments are expanded. */
  fields: number
}

const DEFAULTS: OperationLimits = {
  source: 20_000,
  tokens: 2_000,
  depth: 12,
  introspectionDepth: 20,
  aliases: 30,
  directives: 50,
  rootFields: 20,
  fields: 2_000,
}

/** Sources that were within the limits are not measured again; clients repeat a few. */
const REMEMBERED = 1_000

/** Refuses operations that would cost too much to validate or run. The error says no limit, so it cannot be probed for one. */
export function operationLimits(limits: OperationLimits = DEFAULTS): GatewayPlugin {
  const fine = new Set<string>()
  return {
    admit({ query }) {
      if (fine.has(query)) return
      if (query.length > limits.source) throw tooLarge()
      const document = parseWithin(query, limits.tokens)
      // Apollo parses again and says what is wrong with it.
      if (!document) return
      if (exceeds(measure(document), limits)) throw tooLarge()
      if (fine.size >= REMEMBERED) fine.clear()
      fine.add(query)
    },
  }
}

function parseWithin(query: string, maxTokens: number): DocumentNode | undefined {
  try {
    return parse(query, { maxTokens, noLocation: true })
  } catch (error) {
    if (error instanceof Error && error.message.includes('tokens. Parsing aborted')) throw tooLarge()
    return undefined
  }
}

const exceeds = (found: Measure, limits: OperationLimits): boolean =>
  found.cyclic ||
  (Object.keys(found) as (keyof Measure)[]).some((name) => name !== 'cyclic' && found[name] > limits[name])

const tooLarge = (): GraphQLError =>
  new GraphQLError('This operation asks for too much at once. Split it.', {
    extensions: { code: 'OPERATION_TOO_LARGE', http: { status: 400 } },
  })
