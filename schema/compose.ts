import { composeServices } from '@apollo/composition'
import { Supergraph } from '@apollo/federation-internals'
import { printSubgraphSchema } from '@apollo/subgraph'
import { schema as ai } from '@archivolt/ai/schema'
import { schema as documents } from '@archivolt/documents/schema'
import { schema as identity } from '@archivolt/identity/schema'
import { manifestJsonSchema } from '@archivolt/kit/server/manifest'
import { schema as storage } from '@archivolt/storage/schema'
import { lexicographicSortSchema, parse, printSchema, type GraphQLSchema } from 'graphql'
import { printRules, rulesOf } from './rules.ts'

/** The executable schemas of the four services, by name. */
export const SUBGRAPHS: Record<string, GraphQLSchema> = { ai, documents, identity, storage }

/** The text of every committed file of this folder, by its name. */
export type SchemaFiles = Record<string, string>

/**
 * Prints the four subgraphs, composes them and prints the supergraph, what clients see of it, and who may call what.
 * @throws Error with every composition error, or naming the root fields that declare no rule
 */
export function composeSchemaFiles(): SchemaFiles {
  const files: SchemaFiles = {}
  const services = Object.entries(SUBGRAPHS).map(([name, schema]) => {
    const sdl = `${printSubgraphSchema(schema).trim()}\n`
    files[`${name}.graphql`] = sdl
    // The address is only a name: the gateway knows where the services are from its environment.
    return { name, typeDefs: parse(sdl), url: `http://${name}/graphql` }
  })
  const composed = composeServices(services)
  if (composed.errors?.length)
    throw new Error(
      `The subgraphs do not compose:\n${composed.errors.map((error) => `  - ${error.message}`).join('\n')}`,
    )
  const supergraphSdl = composed.supergraphSdl ?? ''
  files['supergraph.graphql'] = `${supergraphSdl.trim()}\n`
  const api = Supergraph.build(supergraphSdl).apiSchema().toGraphQLJSSchema()
  files['api.graphql'] = `${printSchema(lexicographicSortSchema(api)).trim()}\n`
  files['plugin-manifest.json'] = `${JSON.stringify(manifestJsonSchema(), null, 2)}\n`
  files['authorisation.txt'] = printRules(rulesOf(SUBGRAPHS))
  return files
}
