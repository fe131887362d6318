import { InvalidInputError, NotFoundError } from '@archivolt/kit/errors/domain-error'
import { fromGlobalId, requireGlobalId, toGlobalId } from '@archivolt/kit/graph/global-id'
import type { Category } from '../../prisma/client/client.ts'
import { builder } from '../graph/builder.ts'
import { CategoryExistsError } from './category.errors.ts'
import { MAX_CATEGORIES } from './category.ts'
import type { CategoryInput } from './usecases/save-category.ts'

export const CategoryRef = builder.prismaObject('Category', {
  description: 'A drawer for documents; a document lies in one of its owner’s, and drawers lie in drawers.',
  fields: (t) => ({
    id: t.id({ resolve: (category) => toGlobalId('Category', category.id) }),
    name: t.exposeString('name'),
    color: t.exposeString('color', { nullable: true, description: '`#rrggbb`.' }),
    icon: t.exposeString('icon', { nullable: true }),
    parentId: t.id({
      nullable: true,
      description: 'The category it lies in; null at the top.',
      resolve: ({ parentId }) => parentId && toGlobalId('Category', parentId),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
})

builder.queryField('categories', (t) =>
  t.withAuth({ scope: 'documents:read' }).field({
    type: [CategoryRef],
    description: `Yours, by name, at most ${MAX_CATEGORIES}; \`parentId\` makes a tree of them.`,
    resolve: (_root, _args, { db, viewer }) =>
      db.category.findMany({
        where: { ownerId: viewer.userId },
        orderBy: [{ folded: 'asc' }, { id: 'asc' }],
        take: MAX_CATEGORIES,
      }),
  }),
)

const CreateCategoryInput = builder.inputType('CreateCategoryInput', {
  fields: (t) => ({
    name: t.string({ required: true }),
    parentId: t.id({ description: 'The category to put it in; at the top without it.' }),
    color: t.string({ description: '`#rrggbb`.' }),
    icon: t.string(),
  }),
})
const UpdateCategoryInput = builder.inputType('UpdateCategoryInput', {
  description: 'What is left out stays as it is; null clears.',
  fields: (t) => ({
    id: t.id({ required: true }),
    name: t.string(),
    parentId: t.id({ description: 'Null puts it at the top.' }),
    color: t.string(),
    icon: t.string(),
  }),
})
const DeleteCategoryInput = builder.inputType('DeleteCategoryInput', {
  fields: (t) => ({ id: t.id({ required: true }) }),
})

const categoryPayload = (name: string) =>
  builder.objectRef<{ category: Category }>(name).implement({
    fields: (t) => ({ category: t.field({ type: CategoryRef, resolve: (payload) => payload.category }) }),
  })
const CreateCategorySuccess = categoryPayload('CreateCategorySuccess')
const UpdateCategorySuccess = categoryPayload('UpdateCategorySuccess')
const DeleteCategorySuccess = builder.objectRef<{ id: string }>('DeleteCategorySuccess').implement({
  fields: (t) => ({ id: t.exposeID('id') }),
})

function toInput<Input extends { parentId?: string | null }>(input: Input): Input & CategoryInput {
  const { parentId } = input
  return { ...input, ...(parentId && { parentId: requireGlobalId('Category', 'parentId', parentId) }) }
}

/** @throws NotFoundError for an id that is none */
function categoryIdOf(id: string): string {
  const categoryId = fromGlobalId('Category', id)
  if (!categoryId) throw new NotFoundError('The category')
  return categoryId
}

builder.mutationFields((t) => ({
  createCategory: t.withAuth({ scope: 'documents:write' }).field({
    type: CreateCategorySuccess,
    args: { input: t.arg({ type: CreateCategoryInput, required: true }) },
    errors: { types: [InvalidInputError, NotFoundError, CategoryExistsError] },
    resolve: async (_root, { input }, { usecases, viewer }) => ({
      category: await usecases.createCategory(viewer.userId, toInput(input)),
    }),
  }),
  updateCategory: t.withAuth({ scope: 'documents:write' }).field({
    type: UpdateCategorySuccess,
    args: { input: t.arg({ type: UpdateCategoryInput, required: true }) },
    errors: { types: [InvalidInputError, NotFoundError, CategoryExistsError] },
    resolve: async (_root, { input: { id, ...input } }, { usecases, viewer }) => ({
      category: await usecases.updateCategory(viewer.userId, categoryIdOf(id), toInput(input)),
    }),
  }),
  deleteCategory: t.withAuth({ scope: 'documents:write' }).field({
    type: DeleteCategorySuccess,
    description: 'What lies in it, categories and documents, moves up to where it was.',
    args: { input: t.arg({ type: DeleteCategoryInput, required: true }) },
    errors: { types: [NotFoundError, CategoryExistsError] },
    resolve: async (_root, { input }, { usecases, viewer }) => {
      await usecases.deleteCategory(viewer.userId, categoryIdOf(input.id))
      return { id: input.id }
    },
  }),
}))
