import { describe, expect, it } from 'vitest'
import { dropTerm, filtersOf, hasTerm, hasWords, splitTerms, term, toggleTerm } from './search-terms.ts'

describe('a search as text', () => {
  it('is split at spaces outside of quotes, also while a quote is still open', () => {
    expect(splitTerms(' bill  topic:"to do" "exact words" -draft ')).toEqual([
      'bill',
      'topic:"to do"',
      '"exact words"',
      '-draft',
    ])
    expect(splitTerms('bill "not yet')).toEqual(['bill', '"not yet'])
    expect(splitTerms('')).toEqual([])
  })

  it('quotes what would fall apart or mean something else', () => {
    expect(term('topic', 'tax')).toBe('topic:tax')
    expect(term('topic', 'to do')).toBe('topic:"to do"')
    expect(term('topic', 'a,b')).toBe('topic:"a,b"')
    expect(term('topic', 'the "big" one')).toBe('topic:"the big one"')
    expect(term('category', 'Finance/Bills')).toBe('category:Finance/Bills')
  })

  it('gains and loses a filter, whatever its case', () => {
    expect(toggleTerm('bill', 'topic:tax')).toBe('bill topic:tax')
    expect(toggleTerm('bill Topic:Tax', 'topic:tax')).toBe('bill')
    expect(hasTerm('bill topic:taxes', 'topic:tax')).toBe(false)
    expect(dropTerm('a b a', 'a')).toBe('b')
  })

  it('tells filters from words', () => {
    expect(filtersOf('bill -type:pdf http://x date:>2025')).toEqual(['-type:pdf', 'date:>2025'])
    expect(hasWords('type:pdf')).toBe(false)
    expect(hasWords('type:pdf bill')).toBe(true)
  })
})
