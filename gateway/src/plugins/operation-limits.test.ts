import { getIntrospectionQuery } from 'graphql'
import { describe, expect, it } from 'vitest'
import type { GatewayContext } from '../context.ts'
import { operationLimits } from './operation-limits.ts'

const NOBODY = {} as GatewayContext
const repeat = (count: number, write: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => write(i)).join(' ')

describe('operation limits', () => {
  const plugin = operationLimits()
  const judge = (query: string): unknown => {
    try {
      return plugin.admit!({ query }, NOBODY)
    } catch (error) {
      return (error as { extensions: { code: string } }).extensions.code
    }
  }

  it.each([
    ['depth', `${'{ a '.repeat(12)}${'}'.repeat(12)}`, `${'{ a '.repeat(13)}${'}'.repeat(13)}`],
    ['aliases', `{ x { ${repeat(30, (i) => `a${i}: b`)} } }`, `{ x { ${repeat(31, (i) => `a${i}: b`)} } }`],
    [
      'aliases of __typename',
      `{ x { ${repeat(30, (i) => `a${i}: __typename`)} } }`,
      `{ x { ${repeat(31, (i) => `a${i}: __typename`)} } }`,
    ],
    [
      'directives',
      `{ x { ${repeat(50, () => 'b @skip(if: true)')} } }`,
      `{ x { ${repeat(51, () => 'b @skip(if: true)')} } }`,
    ],
    ['root fields', `{ ${repeat(20, () => 'a')} }`, `{ ${repeat(21, () => 'a')} }`],
    ['characters', `{ a } #${'x'.repeat(19_993)}`, `{ a } #${'x'.repeat(19_994)}`],
    ['tokens', `{ x { ${repeat(1995, () => 'a')} } }`, `{ x { ${repeat(1996, () => 'a')} } }`],
  ])('hold for %s at the limit and not above', (_name, fine, over) => {
    expect(judge(fine)).toBeUndefined()
    expect(judge(over)).toBe('OPERATION_TOO_LARGE')
  })

  it('refuse the worst of each kind in under 20 ms of CPU', () => {
    const worst = [
      `{ ...f0 } ${repeat(180, (i) => `fragment f${i} on X { ...f${i + 1} ...f${i + 1} }`)} fragment f180 on X { id }`,
      `${'{ a '.repeat(600)}${'}'.repeat(600)}`,
      `{ ${repeat(1990, (i) => `f${i}`)} }`,
      `{ ${'{'.repeat(1000)}`,
      'x'.repeat(1_000_000),
    ]
    worst.forEach(judge)
    for (const query of worst) {
      const before = process.cpuUsage()
      judge(query)
      const { user, system } = process.cpuUsage(before)
      expect((user + system) / 1000).toBeLessThan(20)
    }
  })

  it('leave syntax errors to Apollo and let introspection pass', () => {
    expect(judge('{')).toBeUndefined()
    expect(judge('')).toBeUndefined()
    expect(
      judge(
        getIntrospectionQuery({
          inputValueDeprecation: true,
          specifiedByUrl: true,
          directiveIsRepeatable: true,
          schemaDescription: true,
        }),
      ),
    ).toBeUndefined()
  })
})
