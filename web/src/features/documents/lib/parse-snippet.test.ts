import { describe, expect, it } from 'vitest'
import { parseSnippet } from './parse-snippet.ts'

const plain = (text: string) => ({ text, marked: false })
const marked = (text: string) => ({ text, marked: true })

describe('parseSnippet', () => {
  it('splits matches from the text around them', () => {
    expect(parseSnippet('the <mark>rental</mark> agreement')).toEqual([
      plain('the '),
      marked('rental'),
      plain(' agreement'),
    ])
  })

  it('gives nothing for an empty snippet', () => {
    expect(parseSnippet('')).toEqual([])
  })

  it('turns entities back into the characters they stand for', () => {
    expect(parseSnippet('a &lt; b &amp;&amp; &quot;c&quot; &#39;d&#x27; &apos;')).toEqual([plain(`a < b && "c" 'd' '`)])
  })

  it('unescapes once only', () => {
    expect(parseSnippet('&amp;lt;mark&amp;gt;')).toEqual([plain('&lt;mark&gt;')])
  })

  it('never takes an escaped mark for a match', () => {
    expect(parseSnippet('&lt;mark&gt;no&lt;/mark&gt;')).toEqual([plain('<mark>no</mark>')])
  })

  it('leaves every other tag as text', () => {
    const text = '<img src=x onerror=alert(1)><mark class="x">y'
    expect(parseSnippet(text)).toEqual([plain(text)])
  })

  it('bears marks that are nested, unclosed or closed twice', () => {
    expect(parseSnippet('<mark>a<mark>b</mark>c</mark></mark>d<mark>e')).toEqual([
      marked('abc'),
      plain('d'),
      marked('e'),
    ])
  })

  it('leaves unknown entities and impossible characters alone', () => {
    expect(parseSnippet('&nosuch; &#0; &#9999999;')).toEqual([plain('&nosuch; &#0; &#9999999;')])
  })
})
