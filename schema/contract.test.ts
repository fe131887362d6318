import { readFileSync } from 'node:fs'
import { buildSchema, isObjectType, isUnionType, parse, validate } from 'graphql'
import { describe, expect, test } from 'vitest'

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')
const api = buildSchema(read('api.graphql'))

test('the operations that other programs rely on are valid', () => {
  expect(validate(api, parse(read('contract/operations.graphql'))).map((error) => error.message)).toEqual([])
})

describe('every mutation', () => {
  const mutations = Object.values(api.getMutationType()?.getFields() ?? {})

  test.each(mutations.map((field) => [field.name, field] as const))(
    '%s answers a union of success and typed errors',
    (name, field) => {
      const type = api.getType(`${name[0]?.toUpperCase()}${name.slice(1)}Result`)
      expect(field.type.toString()).toBe(`${type?.name}!`)
      if (!isUnionType(type)) throw new Error(`${type} is not a union`)
      const [success, ...others] = type.getTypes().toSorted((a) => (a.name.endsWith('Success') ? -1 : 1))
      expect(success?.name).toBe(`${name[0]?.toUpperCase()}${name.slice(1)}Success`)
      for (const other of others) {
        if (other.name === 'TwoFactorRequired') continue
        expect(isObjectType(other) && other.getInterfaces().map((each) => each.name)).toEqual(['Error'])
      }
      expect(field.args.length === 0 || (field.args.length === 1 && field.args[0]?.name === 'input')).toBe(true)
    },
  )
})

test('clients see nothing of the federation', () => {
  expect(read('api.graphql')).not.toMatch(/_entities|_service|_Any|access: String/)
})
