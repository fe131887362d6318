/**
 * What lies below a folder, depth first and by name: the same order each time, so that a walk can go on after the file at
 * which an earlier one stopped. `read` gives what lies directly in a folder, and nothing for one that is gone.
 */
export async function* walkFolders<Entry extends { name: string; folder: boolean }>(
  read: (folder: readonly string[]) => Promise<Entry[]>,
  start: readonly string[],
  after?: string,
): AsyncGenerator<{ path: string[]; entry: Entry }> {
  const stop = after?.split('/') ?? []
  const entries = (await read(start)).sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const entry of entries) {
    const path = [...start, entry.name]
    const order = compare(path, stop)
    if (entry.folder && order >= 0) yield* walkFolders(read, path, order === 0 ? after : undefined)
    else if (!entry.folder && (order > 0 || (order === 0 && path.length > stop.length))) yield { path, entry }
  }
}

/** Zero where one is the beginning of the other. */
function compare(path: readonly string[], other: readonly string[]): number {
  for (const [at, segment] of path.entries()) {
    const against = other[at]
    if (against === undefined) return 0
    if (segment !== against) return segment < against ? -1 : 1
  }
  return 0
}
