import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLibrary, person, type Library } from '../testing/library.fixture.ts'
import { createCategory, deleteCategory, updateCategory } from './usecases/save-category.ts'

let library: Library
beforeAll(async () => {
  library = await openLibrary()
})
afterAll(() => library.close())

test('drawers lie in drawers, and what lies in one that goes moves up', async () => {
  const { userId, ...ada } = person()
  const create = createCategory(library)
  const home = await create(userId, { name: ' Home ', color: '#FF8800', icon: 'home' })
  expect(home).toMatchObject({ name: 'Home', color: '#ff8800', icon: 'home', parentId: null })
  const bills = await create(userId, { name: 'Bills', parentId: home.id })
  const power = await create(userId, { name: 'Power', parentId: bills.id })
  await library.add({ userId }, { title: 'March', categoryId: bills.id })
  await deleteCategory(library)(userId, bills.id)
  expect((await library.db.category.findUnique({ where: { id: power.id } }))?.parentId).toBe(home.id)
  expect(await library.find(ada as never, 'category:home')).toEqual(['March'])
  await expect(deleteCategory(library)(userId, bills.id)).rejects.toThrow('was not found')
})

test('no two of a name in one place, whatever case and accents', async () => {
  const { userId } = person()
  const create = createCategory(library)
  const cafe = await create(userId, { name: 'Café' })
  await expect(create(userId, { name: 'CAFE' })).rejects.toThrow('There is a category of this name')
  await create(userId, { name: 'Cafe', parentId: cafe.id })
  await create(person().userId, { name: 'Café' })
  const tries = await Promise.allSettled(Array.from({ length: 5 }, () => create(userId, { name: 'Twin' })))
  expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
})

test('a drawer never lies in itself, nor too deep, nor in a stranger’s, also when two move at once', async () => {
  const { userId } = person()
  const create = createCategory(library)
  const update = updateCategory(library)
  const a = await create(userId, { name: 'a' })
  const b = await create(userId, { name: 'b', parentId: a.id })
  await expect(update(userId, a.id, { parentId: b.id })).rejects.toThrow('cannot lie in itself')
  await expect(update(userId, a.id, { parentId: a.id })).rejects.toThrow('cannot lie in itself')
  const x = await create(userId, { name: 'x' })
  const y = await create(userId, { name: 'y' })
  const moves = await Promise.allSettled([
    update(userId, x.id, { parentId: y.id }),
    update(userId, y.id, { parentId: x.id }),
  ])
  expect(moves.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  const foreign = await create(person().userId, { name: 'foreign' })
  await expect(update(userId, x.id, { parentId: foreign.id })).rejects.toThrow('was not found')
  await expect(update(userId, foreign.id, { name: 'mine' })).rejects.toThrow('was not found')
  let parentId = b.id
  for (let depth = 3; depth <= 8; depth++) parentId = (await create(userId, { name: `d${depth}`, parentId })).id
  await expect(create(userId, { name: 'too deep', parentId })).rejects.toMatchObject({ field: 'parentId' })
  await expect(update(userId, a.id, { parentId: x.id })).rejects.toMatchObject({ field: 'parentId' })
})

test.each([
  [{ name: '' }, 'name'],
  [{ name: 'a/b' }, 'name'],
  [{ name: 'x'.repeat(81) }, 'name'],
  [{ name: 'a\u202Eb' }, 'name'],
  [{ name: 'a', color: 'red' }, 'color'],
  [{ name: 'a', icon: '<svg>' }, 'icon'],
])('%j is refused', async (input, field) => {
  await expect(createCategory(library)(person().userId, input)).rejects.toMatchObject({ field })
})
