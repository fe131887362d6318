import { expect, test } from 'vitest'
import { toSnippet } from './snippet.ts'

test('a snippet escapes everything but its marks', () => {
  expect(toSnippet('a <b> & "c" \uE000hit\uE001\n\n d')).toBe('a &lt;b&gt; &amp; &quot;c&quot; <mark>hit</mark> d')
  expect(toSnippet('<mark>not ours</mark> \uE000x\uE001')).toBe('&lt;mark&gt;not ours&lt;/mark&gt; <mark>x</mark>')
  expect(toSnippet('no match')).toBeNull()
})
