import { Refused, type Session } from './session.ts'

const CATEGORIES = `{ categories { id name parentId } }`
const CREATE_CATEGORY = `mutation ($input: CreateCategoryInput!) { createCategory(input: $input) {
  __typename ... on CreateCategorySuccess { category { id name parentId } } ... on Error { code message } } }`
const UPDATE = `mutation ($input: UpdateDocumentInput!) { updateDocument(input: $input) {
  __typename ... on UpdateDocumentSuccess { document { id } } ... on Error { code message } } }`

interface Category {
  id: string
  name: string
  parentId: string | null
}

export interface Sorting {
  /** Gives a document the topics and the category that its folders name. @throws Refused, Error */
  sort(documentId: string, folders: readonly string[], signal: AbortSignal): Promise<void>
}

/** Topics and categories out of folder names, as far as wanted. Categories that are there are used, missing ones made. */
export function createSorting(session: Session, wanted: { topics: boolean; categories: boolean }): Sorting {
  let known: Promise<Category[]> | undefined
  /** One after the other, so that two files of one new folder make one category. */
  let making: Promise<unknown> = Promise.resolve()

  const categoryFor = async (folders: readonly string[], signal: AbortSignal): Promise<string | null> => {
    known ??= session.ask<{ categories: Category[] }>(CATEGORIES, {}, signal).then(({ categories }) => [...categories])
    const categories = await known
    let parentId: string | null = null
    for (const name of folders) {
      const folded = name.normalize('NFC').toLowerCase()
      const found: Category | undefined = categories.find(
        (category) => category.parentId === parentId && category.name.toLowerCase() === folded,
      )
      const category: Category = found ?? (await make(name, parentId, signal))
      if (!found) categories.push(category)
      parentId = category.id
    }
    return parentId
  }
  const make = async (name: string, parentId: string | null, signal: AbortSignal): Promise<Category> => {
    const input = { name, ...(parentId && { parentId }) }
    const { createCategory } = await session.ask<{ createCategory: { category?: Category; message?: string } }>(
      CREATE_CATEGORY,
      { input },
      signal,
    )
    if (!createCategory.category) throw new Refused(`the category ${name}: ${createCategory.message}`)
    return createCategory.category
  }

  return {
    async sort(id, folders, signal) {
      if (folders.length === 0 || !(wanted.topics || wanted.categories)) return
      const category = making.then(() => (wanted.categories ? categoryFor(folders, signal) : null))
      making = category.catch(() => {})
      const categoryId = await category
      const input = { id, ...(categoryId && { categoryId }), ...(wanted.topics && { topics: [...new Set(folders)] }) }
      const { updateDocument } = await session.ask<{ updateDocument: { document?: object; message?: string } }>(
        UPDATE,
        { input },
        signal,
      )
      if (!updateDocument.document) throw new Refused(`it arrived, but could not be sorted: ${updateDocument.message}`)
    },
  }
}
