import { expect, it } from 'vitest'
import { facetGroups } from './facet-groups.ts'

it('turns counts into filters that a search can carry, and leaves empty groups out', () => {
  const groups = facetGroups(
    {
      categories: [
        { count: 3, category: { id: 'b', name: 'Bills' } },
        { count: 2, category: null },
      ],
      topics: [{ count: 1, topic: { id: 't', name: 'to do' } }],
      types: [],
      years: [{ value: '2025', count: 4 }],
      languages: [{ value: null, count: 9 }],
    },
    [{ path: 'Finance/Bills', category: { id: 'b' } }],
  )
  expect(groups.map(({ label, choices }) => [label, choices.map((each) => each.term)])).toEqual([
    ['Category', ['category:Finance/Bills', 'category:none']],
    ['Topic', ['topic:"to do"']],
    ['Year', ['date:2025']],
  ])
})
