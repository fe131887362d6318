import { InvalidInputError } from '@archivolt/kit/errors/domain-error'

export const MAX_CATEGORIES = 2_000
/** Drawers within drawers; deeper trees are found nowhere by nobody. */
export const MAX_DEPTH = 8
export const MAX_CATEGORY_NAME = 80

/** `#rrggbb` in lower case. @throws InvalidInputError */
export function checkColor(color: string): string {
  if (!/^#[0-9a-f]{6}$/i.test(color)) throw new InvalidInputError('color', 'A colour is written as #rrggbb.')
  return color.toLowerCase()
}

/** The name of an icon of the client's set. @throws InvalidInputError */
export function checkIcon(icon: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,39}$/.test(icon))
    throw new InvalidInputError('icon', 'An icon is named in lower case with hyphens.')
  return icon
}

/** Ids of a category and all that lies in it, given every category of its owner. */
export function withDescendants(
  ids: readonly string[],
  all: readonly { id: string; parentId: string | null }[],
): string[] {
  const children = Map.groupBy(all, ({ parentId }) => parentId)
  const found = new Set<string>()
  const open = [...ids]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (found.has(id)) continue
    found.add(id)
    open.push(...(children.get(id) ?? []).map((child) => child.id))
  }
  return [...found]
}
