import { Kind, parse, type FragmentDefinitionNode, type OperationDefinitionNode } from 'graphql'
import { describe, expect, it } from 'vitest'
import { isSessionMutation, sessionCookiesIn, settableCookies } from './session-cookies.ts'

const judge = (source: string): boolean => {
  const { definitions } = parse(source)
  const fragments = definitions.filter(
    (definition): definition is FragmentDefinitionNode => definition.kind === Kind.FRAGMENT_DEFINITION,
  )
  return isSessionMutation(
    definitions[0] as OperationDefinitionNode,
    Object.fromEntries(fragments.map((fragment) => [fragment.name.value, fragment])),
  )
}

describe('session cookies', () => {
  it.each([
    ['mutation { login { ok } }', true],
    ['mutation { x: refreshSession { ok } __typename logout { ok } }', true],
    ['mutation { ...F } fragment F on Mutation { ... on Mutation { changePassword } }', true],
    ['mutation { login createUpload }', false],
    ['mutation { login: createUpload }', false],
    ['mutation { login ...F } fragment F on Mutation { createUpload }', false],
    ['mutation { ...Absent }', false],
    ['query { login }', false],
    ['subscription { login }', false],
  ])('%s: %s', (source, expected) => expect(judge(source)).toBe(expected))

  it('are read by their exact name', () => {
    expect(sessionCookiesIn('a=1; __Host-archivolt_refresh=r=1; b=2')).toBe('__Host-archivolt_refresh=r=1')
    expect(sessionCookiesIn('a=1; archivolt_device=d; archivolt_refresh=r')).toBe(
      'archivolt_device=d; archivolt_refresh=r',
    )
    expect(sessionCookiesIn('xarchivolt_refresh=r; archivolt_refreshx=r; archivolt_refresh')).toBeUndefined()
    expect(sessionCookiesIn(undefined)).toBeUndefined()
  })

  it('are the only ones a subgraph may set', () => {
    expect(settableCookies(['archivolt_refresh=; Max-Age=0', 'other=1', 'archivolt_refresh'])).toEqual([
      'archivolt_refresh=; Max-Age=0',
    ])
  })
})
