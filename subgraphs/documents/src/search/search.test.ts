import { expect, test } from 'vitest'
import { toQueryParts } from './query.ts'
import { toSnippet } from './snippet.ts'

test.each([
  ['invoice', '', 'invoice'],
  ['electric bill 20', 'electric bill', '20'],
  ['"exact words"', '"exact words"', null],
  ['"open quote', '"open quote', null],
  ['bill -draft', 'bill -draft', null],
  ['cat or dog', 'cat or dog', null],
  ['a', 'a', null],
  ["o'neill", "o'neill", null],
  ['x & y', 'x & y', null],
  ['Façade', '', 'Façade'],
])('%j splits into %j and a beginning %j', (search, whole, prefix) => {
  expect(toQueryParts(search)).toEqual({ whole, prefix })
})

test('a snippet escapes everything but its marks', () => {
  expect(toSnippet('a <b> & "c" \uE000hit\uE001\n\n d')).toBe('a &lt;b&gt; &amp; &quot;c&quot; <mark>hit</mark> d')
  expect(toSnippet('<mark>not ours</mark> \uE000x\uE001')).toBe('&lt;mark&gt;not ours&lt;/mark&gt; <mark>x</mark>')
  expect(toSnippet('no match')).toBeNull()
})
