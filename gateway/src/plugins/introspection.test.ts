import { parse } from 'graphql'
import { expect, it } from 'vitest'
import { introspection } from './introspection.ts'

const ask = async (query: string, options: { onlySignedIn: boolean; session: object | null }): Promise<string> => {
  const listener = await introspection(options).requestDidStart!({} as never)
  const asked = { document: parse(query), contextValue: { session: options.session } }
  return Promise.resolve(listener!.didResolveOperation!(asked as never)).then(
    () => 'fine',
    (error) => error.extensions.code,
  )
}

it.each([
  ['{ __schema { description } }', true, null, 'UNAUTHENTICATED'],
  ['{ a ...F } fragment F on Query { x: __type(name: "A") { name } }', true, null, 'UNAUTHENTICATED'],
  ['{ __typename __schemas }', true, null, 'fine'],
  ['{ __schema { description } }', true, {}, 'fine'],
  ['{ __schema { description } }', false, null, 'fine'],
] as const)('%s (only signed in: %s, session: %o): %s', async (query, onlySignedIn, session, expected) => {
  expect(await ask(query, { onlySignedIn, session })).toBe(expected)
})
