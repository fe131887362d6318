import DataLoader from 'dataloader'

/**
 * A loader that turns the ids asked for in one tick into one query. It is made per request, so it caches for that
 * request alone.
 * @param find the rows with any of these ids, in any order
 */
export function loaderById<Row extends { id: string }>(
  find: (ids: string[]) => Promise<Row[]>,
): DataLoader<string, Row | null> {
  return new DataLoader(
    async (ids) => {
      const rows = new Map((await find([...ids])).map((row) => [row.id, row]))
      return ids.map((id) => rows.get(id) ?? null)
    },
    { maxBatchSize: 500 },
  )
}
