import { expect, test } from 'vitest'
import { MAX_SEARCH, parseSearch } from './parse-search.ts'

const TODAY = new Date('2026-06-01T00:00:00Z')
const parse = (search: string) => parseSearch(search, TODAY)
const terms = (search: string) =>
  parse(search).groups.map((group) =>
    group
      .map(({ kind, text, negated }) => `${negated ? '-' : ''}${kind === 'word' ? '' : `${kind}:`}${text}`)
      .join('|'),
  )

test.each([
  ['invoice', ['beginning:invoice']],
  ['electric bill 20', ['electric', 'bill', 'beginning:20']],
  ['bill ', ['bill']],
  ['"exact words"', ['phrase:exact words']],
  ['"open quote', ['phrase:open quote']],
  ['bill -draft', ['bill', '-draft']],
  ['bill -"first draft"', ['bill', '-phrase:first draft']],
  ['cat or dog', ['cat|beginning:dog']],
  ['old cat OR dog house ', ['old', 'cat|dog', 'house']],
  ['or', ['beginning:or']],
  ['cat or', ['cat', 'beginning:or']],
  ['invo* paid ', ['beginning:invo', 'paid']],
  ["o'neill", ["o'neill"]],
  ['x & y ', ['x', 'y']],
  ['12:30 http://example.org/a ', ['12:30', 'http://example.org/a']],
  ['Façade', ['beginning:Façade']],
  ['a', ['a']],
  ['', []],
  ['  --  "" ', []],
])('%j has the terms %j', (search, expected) => {
  expect(terms(search)).toEqual(expected)
})

test('the syntax of the handbook in one line', () => {
  const search =
    'category:invoices topic:x date:>2025 type:pdf owner:me "exact words" -draft is:shared size:>=5mb title:tax'
  const { filters, groups, problems } = parse(search)
  expect(problems).toEqual([])
  expect(filters.map(({ at: _at, ...filter }) => filter)).toEqual([
    { key: 'category', name: 'invoices', negated: false },
    { key: 'topic', name: 'x', negated: false },
    { key: 'date', range: { from: '2026-01-01', to: null }, negated: false },
    { key: 'type', names: ['pdf'], negated: false },
    { key: 'owner', who: 'me', negated: false },
    { key: 'is', what: 'shared', negated: false },
    { key: 'size', range: { from: 5_000_000, to: null }, negated: false },
  ])
  expect(groups.flat().map(({ text, title }) => [text, title])).toEqual([
    ['exact words', false],
    ['draft', false],
    ['tax', true],
  ])
})

test.each([
  ['2025', '2025-01-01', '2026-01-01'],
  ['2025-03', '2025-03-01', '2025-04-01'],
  ['2025-12-31', '2025-12-31', '2026-01-01'],
  ['>2025-03', '2025-04-01', null],
  ['>=2025-03', '2025-03-01', null],
  ['<2025', null, '2025-01-01'],
  ['<=2025', null, '2026-01-01'],
  ['2024..2025-06', '2024-01-01', '2025-07-01'],
  ['..2024', null, '2025-01-01'],
  ['2024..', '2024-01-01', null],
  ['today', '2026-06-01', '2026-06-02'],
  ['yesterday', '2026-05-31', '2026-06-01'],
  ['30d', '2026-05-02', null],
  ['2y', '2024-06-01', null],
])('date:%s is from %s to %s', (text, from, to) => {
  expect(parse(`date:${text}`).filters).toMatchObject([{ range: { from, to } }])
})

test.each([
  ['date:>20x', '“>20x” is no date. Write date:2025, date:>2025-03 or date:2025-01..2025-06-15.'],
  ['date:2025-02-30', '“2025-02-30” is no date. Write date:2025, date:>2025-03 or date:2025-01..2025-06-15.'],
  ['size:big', '“big” is no size. Write size:>5mb or size:100kb..2mb.'],
  ['is:happy', 'There is is:shared, is:failed and is:trashed, but not “is:happy”.'],
  ['owner:bob', 'Write owner:me for your own, or owner:others for what is shared with you.'],
  ['category:""', 'Say what after “category:”, for example category:invoices.'],
])('%j is a problem that says what to write', (search, message) => {
  const { problems } = parse(`word ${search}`)
  expect(problems).toEqual([{ message, start: 5, end: 5 + search.length }])
})

test('a filter that is nearly one is searched as a word, and hinted at', () => {
  const { filters, hints, groups } = parse('categry:tax ')
  expect(filters).toEqual([])
  expect(hints[0]?.message).toBe('“categry:” is no filter and was searched as a word. Did you mean “category:”?')
  expect(groups).toHaveLength(1)
})

test('a storm of syntax is cut off and told', () => {
  const storms = [
    '('.repeat(5_000),
    '-'.repeat(5_000),
    '"'.repeat(5_001),
    'a:'.repeat(5_000),
    'or '.repeat(2_000),
    'category:x '.repeat(500),
    `${'x '.repeat(400)}"`,
    '\u0000\uD800:'.repeat(500),
  ]
  for (const storm of storms) {
    const { groups, filters } = parse(storm)
    expect(groups.flat().length + filters.length).toBeLessThanOrEqual(24)
  }
  expect(parse('x '.repeat(30)).problems[0]?.message).toBe('A search has at most 24 terms.')
  expect(parse('y'.repeat(10_000)).groups[0]?.[0]?.text).toHaveLength(MAX_SEARCH)
})
