import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildSchema, isAbstractType } from 'graphql'
import type { Plugin } from 'vite'

const SCHEMA = fileURLToPath(new URL('../../schema/api.graphql', import.meta.url))
const ID = 'virtual:possible-types'

/**
 * Tells the cache which types an interface or union stands for, read from the contract at build time: without it the
 * cache guesses, and a guess about `... on Error` loses the error's message.
 */
export function possibleTypes(): Plugin {
  return {
    name: 'archivolt:possible-types',
    resolveId: (id) => (id === ID ? `\0${ID}` : undefined),
    load(id) {
      if (id !== `\0${ID}`) return
      this.addWatchFile(SCHEMA)
      const schema = buildSchema(readFileSync(SCHEMA, 'utf8'))
      const types = Object.values(schema.getTypeMap())
        .filter(isAbstractType)
        .map((type) => [type.name, schema.getPossibleTypes(type).map((possible) => possible.name)])
      return `export default ${JSON.stringify(Object.fromEntries(types))}`
    },
  }
}
