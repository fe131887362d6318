import { buildSchema, isObjectType } from 'graphql'
import { expect, it } from 'vitest'
import contract from '../../../schema/api.graphql?raw'
import { EMBEDDED } from './cache.ts'

it('knows every type of the contract that has no identity, and no other', () => {
  const schema = buildSchema(contract)
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
  const answers = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter((type) => !type.name.startsWith('__') && !roots.includes(type) && !('id' in type.getFields()))
    .map(({ name }) => name)
    // What mutations answer is never looked up again, and edges are known by their cursors.
    .filter((name) => !/(Success|Error|Required|^DocumentEdge)$/.test(name))
  expect([...EMBEDDED].sort()).toEqual(answers.sort())
})
