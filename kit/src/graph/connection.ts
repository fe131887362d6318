import { InvalidInputError } from '../errors/domain-error.ts'

export const DEFAULT_PAGE = 20
export const MAX_PAGE = 100

/** How many rows a page has. @throws InvalidInputError below 1 or above 100 */
export function pageSize(first: number | null | undefined): number {
  const size = first ?? DEFAULT_PAGE
  if (size < 1 || size > MAX_PAGE) throw new InvalidInputError('first', `A page has 1 to ${MAX_PAGE} items.`)
  return size
}

/** An opaque cursor that holds the keys a list is ordered by. */
export function encodeCursor(keys: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(keys)).toString('base64url')
}

/** The keys in a cursor. @throws InvalidInputError when it is not one of `kinds` in this order */
export function decodeCursor(cursor: string, kinds: readonly ('string' | 'number')[]): (string | number)[] {
  try {
    const keys: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    if (Array.isArray(keys) && keys.length === kinds.length && keys.every((key, at) => typeof key === kinds[at]))
      return keys
  } catch {
    // Not JSON: answered like any other cursor that is not ours.
  }
  throw new InvalidInputError('after', 'This cursor does not belong to this list.')
}

export interface Page<Row> {
  edges: { cursor: string; node: Row }[]
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null }
}

/** A Relay page of rows that were read with one more than `size`, to know whether there is a next page. */
export function toPage<Row>(
  rows: readonly Row[],
  size: number,
  cursorOf: (row: Row) => string,
  after?: string | null,
): Page<Row> {
  const edges = rows.slice(0, size).map((node) => ({ cursor: cursorOf(node), node }))
  return {
    edges,
    pageInfo: {
      hasNextPage: rows.length > size,
      hasPreviousPage: Boolean(after),
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  }
}
