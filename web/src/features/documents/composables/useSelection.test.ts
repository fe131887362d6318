import { expect, it } from 'vitest'
import { nextTick, ref } from 'vue'
import { useSelection } from './useSelection.ts'

const open = () => {
  const rows = ref(['a', 'b', 'c', 'd'])
  const total = ref(40)
  const list = ref('all')
  return { rows, total, list, selection: useSelection(rows, total, list) }
}

it('chooses rows one by one, and all between two', () => {
  const { selection } = open()
  selection.choose('b', true)
  selection.choose('d', true, true)
  expect([...selection.ids.value]).toEqual(['b', 'c', 'd'])
  selection.choose('c', false)
  expect(selection.count.value).toBe(2)
  expect(selection.some.value && !selection.all.value).toBe(true)
})

it('offers everything that matches once the page is chosen, and counts it', () => {
  const { selection } = open()
  expect(selection.more.value).toBe(false)
  selection.choosePage(true)
  expect(selection.more.value).toBe(true)
  selection.chooseEverything()
  expect(selection.count.value).toBe(40)
  selection.choose('a', false)
  expect(selection.everything.value).toBe(false)
  expect(selection.count.value).toBe(3)
})

it('forgets what belongs to another list, and what went away', async () => {
  const { rows, list, selection } = open()
  selection.choosePage(true)
  rows.value = ['b', 'c']
  await nextTick()
  expect([...selection.ids.value]).toEqual(['b', 'c'])
  list.value = 'other'
  await nextTick()
  expect(selection.count.value).toBe(0)
})
