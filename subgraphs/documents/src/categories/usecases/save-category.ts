import { InvalidInputError, NotFoundError } from '@archivolt/kit/errors/domain-error'
import { v7 as uuidv7 } from 'uuid'
import { Prisma, type Category, type PrismaClient } from '../../../prisma/client/client.ts'
import { checkName } from '../../documents/names.ts'
import { CategoryExistsError } from '../category.errors.ts'
import { checkColor, checkIcon, MAX_CATEGORIES, MAX_CATEGORY_NAME, MAX_DEPTH, withDescendants } from '../category.ts'

export interface CategoryInput {
  name?: string | null
  /** Null for the top. */
  parentId?: string | null
  color?: string | null
  icon?: string | null
}

/** Makes a category. @throws InvalidInputError, NotFoundError for the parent, CategoryExistsError */
export const createCategory =
  (deps: { db: PrismaClient }) =>
  (ownerId: string, input: CategoryInput & { name: string }): Promise<Category> =>
    exclusively(deps.db, ownerId, async (tx) => {
      if ((await tx.category.count({ where: { ownerId } })) >= MAX_CATEGORIES)
        throw new InvalidInputError('name', `There are ${MAX_CATEGORIES} categories already; delete some first.`)
      const data = await checked(tx, ownerId, null, input)
      return tx.category.create({ data: { ...data, id: uuidv7(), ownerId, name: data.name as string } })
    })

/** Changes what is given of a category. @throws InvalidInputError, NotFoundError, CategoryExistsError */
export const updateCategory =
  (deps: { db: PrismaClient }) =>
  (ownerId: string, id: string, input: CategoryInput): Promise<Category> =>
    exclusively(deps.db, ownerId, async (tx) => {
      if (!(await tx.category.findFirst({ where: { id, ownerId } }))) throw new NotFoundError('The category')
      return tx.category.update({ where: { id }, data: await checked(tx, ownerId, id, input) })
    })

/** Documents that change their drawer in one transaction. */
const BATCH = 200

/** Deletes a category: what lies in it, categories and documents, moves up to where it was. @throws NotFoundError, CategoryExistsError */
export const deleteCategory =
  (deps: { db: PrismaClient }) =>
  async (ownerId: string, id: string): Promise<void> => {
    // A drawer may hold many thousands, and each of them is indexed again: most move before the tree is held.
    for (let moved = BATCH; moved === BATCH;) moved = await moveUp(deps.db, ownerId, id, BATCH)
    await exclusively(deps.db, ownerId, async (tx) => {
      const category = await tx.category.findFirst({ where: { id, ownerId } })
      if (!category) throw new NotFoundError('The category')
      await tx.category.updateMany({ where: { parentId: id }, data: { parentId: category.parentId } })
      await tx.document.updateMany({ where: { categoryId: id }, data: { categoryId: category.parentId } })
      await tx.category.delete({ where: { id } })
    })
  }

async function moveUp(db: PrismaClient, ownerId: string, id: string, most: number): Promise<number> {
  const category = await db.category.findFirst({ where: { id, ownerId } })
  if (!category) throw new NotFoundError('The category')
  const documents = await db.document.findMany({ where: { categoryId: id }, select: { id: true }, take: most })
  const { count } = await db.document.updateMany({
    where: { id: { in: documents.map((document) => document.id) }, categoryId: id },
    data: { categoryId: category.parentId },
  })
  return count
}

/** One change of a person's tree at a time: two at once could make a circle that neither of them sees. */
async function exclusively<T>(
  db: PrismaClient,
  ownerId: string,
  work: (tx: Prisma.TransactionClient) => Promise<T>,
): Promise<T> {
  try {
    return await db.$transaction(async (tx) => {
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`categories:${ownerId}`}, 0))`
      return work(tx)
    })
  } catch (error) {
    if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002') throw new CategoryExistsError()
    throw error
  }
}

async function checked(tx: Prisma.TransactionClient, ownerId: string, id: string | null, input: CategoryInput) {
  if (input.parentId !== undefined) await checkPlace(tx, ownerId, id, input.parentId)
  return {
    ...(typeof input.name === 'string' && { name: checkCategoryName(input.name) }),
    ...(input.parentId !== undefined && { parentId: input.parentId }),
    ...(input.color !== undefined && { color: input.color === null ? null : checkColor(input.color) }),
    ...(input.icon !== undefined && { icon: input.icon === null ? null : checkIcon(input.icon) }),
  }
}

/** A slash separates categories in a search. */
function checkCategoryName(name: string): string {
  const checkedName = checkName('name', name, MAX_CATEGORY_NAME)
  if (/[/"]/.test(checkedName)) throw new InvalidInputError('name', 'The name of a category has no "/" and no quotes.')
  return checkedName
}

async function checkPlace(
  tx: Prisma.TransactionClient,
  ownerId: string,
  id: string | null,
  parentId: string | null,
): Promise<void> {
  if (parentId === null) return
  const all = await tx.category.findMany({ where: { ownerId }, select: { id: true, parentId: true } })
  const byId = new Map(all.map((category) => [category.id, category]))
  if (!byId.has(parentId)) throw new NotFoundError('The category to put it in')
  const below = id ? withDescendants([id], all) : []
  if (below.includes(parentId)) throw new InvalidInputError('parentId', 'A category cannot lie in itself.')
  const depthAbove = depthOf(parentId, byId)
  const depthBelow = id ? Math.max(...below.map((each) => depthOf(each, byId))) - depthOf(id, byId) : 0
  if (depthAbove + 1 + depthBelow > MAX_DEPTH)
    throw new InvalidInputError('parentId', `Categories lie in each other at most ${MAX_DEPTH} deep.`)
}

function depthOf(id: string, byId: Map<string, { parentId: string | null }>): number {
  let depth = 0
  for (let at: string | null | undefined = id; at && depth <= MAX_CATEGORIES; at = byId.get(at)?.parentId) depth++
  return depth
}
