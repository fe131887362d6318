import type { Category } from '../category-documents.ts'

export interface Branch {
  category: Category
  depth: number
  /** Names from the top, as a search writes them: `Finance/Bills`. */
  path: string
}

/** All categories in the order of a tree that is folded out. One whose parent is not known stands at the top. */
export function treeOf(categories: readonly Category[]): Branch[] {
  const known = new Set(categories.map(({ id }) => id))
  const children = Map.groupBy(categories, ({ parentId }) => (parentId && known.has(parentId) ? parentId : null))
  const branches: Branch[] = []
  const seen = new Set<string>()

  function add(parent: string | null, depth: number, above: string): void {
    const here = [...(children.get(parent) ?? [])].sort((a, b) => a.name.localeCompare(b.name))
    for (const category of here) {
      // The server lets no category lie in itself; a list read while it changed might seem to.
      if (seen.has(category.id)) continue
      seen.add(category.id)
      const path = above ? `${above}/${category.name}` : category.name
      branches.push({ category, depth, path })
      add(category.id, depth + 1, path)
    }
  }
  add(null, 0, '')
  return branches
}

/** A category and all that lies in it: where it cannot be moved to. */
export function within(branches: readonly Branch[], id: string): Set<string> {
  const inside = new Set([id])
  for (const { category } of branches) if (category.parentId && inside.has(category.parentId)) inside.add(category.id)
  return inside
}
