import { expect, it } from 'vitest'
import { treeOf, within } from './category-tree.ts'

const category = (id: string, name: string, parentId: string | null = null) => ({
  id,
  name,
  parentId,
  color: null,
  icon: null,
})
const ALL = [
  category('b', 'Bills', 'f'),
  category('h', 'Health'),
  category('f', 'Finance'),
  category('w', 'Water', 'b'),
  category('x', 'Lost', 'gone'),
]

it('lays categories out as a tree, by name, with their paths', () => {
  expect(treeOf(ALL).map(({ path, depth }) => [path, depth])).toEqual([
    ['Finance', 0],
    ['Finance/Bills', 1],
    ['Finance/Bills/Water', 2],
    ['Health', 0],
    ['Lost', 0],
  ])
})

it('knows where a category cannot be moved to', () => {
  expect(within(treeOf(ALL), 'f')).toEqual(new Set(['f', 'b', 'w']))
})
