import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildSchema, isAbstractType, isObjectType } from 'graphql'
import type { Plugin } from 'vite'

const SCHEMA = fileURLToPath(new URL('../../schema/api.graphql', import.meta.url))
const ID = 'virtual:schema-shape'

/**
 * Tells the cache, from the contract and at build time, which types an interface or union stands for, and which types
 * have no identity of their own: without the former it guesses, and a guess about `... on Error` loses the error's
 * message; without the latter it warns of each.
 */
export function schemaShape(): Plugin {
  return {
    name: 'archivolt:schema-shape',
    resolveId: (id) => (id === ID ? `\0${ID}` : undefined),
    load(id) {
      if (id !== `\0${ID}`) return
      this.addWatchFile(SCHEMA)
      const schema = buildSchema(readFileSync(SCHEMA, 'utf8'))
      const types = Object.values(schema.getTypeMap()).filter((type) => !type.name.startsWith('__'))
      const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
      const possibleTypes = types
        .filter(isAbstractType)
        .map((type) => [type.name, schema.getPossibleTypes(type).map((possible) => possible.name)])
      const embedded = types
        .filter(isObjectType)
        .filter((type) => !roots.includes(type) && !('id' in type.getFields()))
        .map((type) => type.name)
      return [
        `export const possibleTypes = ${JSON.stringify(Object.fromEntries(possibleTypes))}`,
        `export const embedded = ${JSON.stringify(embedded)}`,
      ].join('\n')
    },
  }
}
