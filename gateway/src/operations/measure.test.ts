import { parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { measure } from './measure.ts'

const of = (source: string) => measure(parse(source))

describe('measure', () => {
  it('counts what is written', () => {
    expect(of('query ($a: Int @x) @y { a: one @skip(if: true) { two { three } } four }')).toEqual({
      depth: 3,
      introspectionDepth: 0,
      aliases: 1,
      directives: 3,
      rootFields: 2,
      fields: 4,
      cyclic: false,
    })
  })

  it('counts a fragment wherever it is spread', () => {
    expect(
      of('{ one { ...F } ...R } fragment F on X { a: b @z { c } } fragment R on Query { two { ...F } three }'),
    ).toMatchObject({
      depth: 3,
      aliases: 2,
      directives: 2,
      rootFields: 3,
      fields: 7,
    })
  })

  it('counts inline fragments as part of their parent', () => {
    expect(of('{ ... on Query { a } ... @include(if: true) { b { c } } }')).toMatchObject({
      depth: 2,
      rootFields: 2,
      directives: 1,
    })
  })

  it('multiplies doubling fragments without expanding them', () => {
    const doubling = Array.from({ length: 60 }, (_, i) => `fragment f${i} on X { ...f${i + 1} ...f${i + 1} }`).join(' ')
    expect(of(`{ x { ...f0 } } ${doubling} fragment f60 on X { id }`).fields).toBeGreaterThan(1e17)
  })

  it('notices fragments that include themselves, also by way of others', () => {
    expect(of('{ ...a } fragment a on Q { x { ...a } }').cyclic).toBe(true)
    expect(of('{ ...a } fragment a on Q { ...b } fragment b on Q { ...c } fragment c on Q { ...a }').cyclic).toBe(true)
    expect(of('{ ...a ...b } fragment a on Q { ...c } fragment b on Q { ...c } fragment c on Q { x }').cyclic).toBe(
      false,
    )
  })

  it('measures introspection apart, by the field and not by a name anybody may give', () => {
    expect(of('{ __schema { types { fields { name } } } }')).toMatchObject({ depth: 0, introspectionDepth: 4 })
    expect(of('{ __schema: a { b { c } } }')).toMatchObject({ depth: 3, introspectionDepth: 0 })
    expect(of('{ ...__schema } fragment __schema on Query { a { b } }')).toMatchObject({
      depth: 2,
      introspectionDepth: 0,
    })
  })

  it('adds up the operations of a document', () => {
    expect(of('query A { a } query B { x: b }')).toMatchObject({ rootFields: 2, aliases: 1, depth: 1 })
  })
})
