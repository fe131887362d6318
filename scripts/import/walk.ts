import { lstat, opendir } from 'node:fs/promises'
import path from 'node:path'

export interface Found {
  /** From the folder down, with `/` between names on every system. */
  relative: string
  file: string
  size: number
  modifiedMs: number
  /** Why it cannot be sent; null for what can. */
  refused: string | null
}

/** What systems leave in folders without being asked. */
const LITTER = new Set(['.DS_Store', 'Thumbs.db', 'desktop.ini'])

/** Everything below a folder that is no folder, a folder at a time. Links are not followed: they may lead out of it, or in circles. */
export async function* walk(root: string, below = ''): AsyncGenerator<Found> {
  const folder = path.join(root, below)
  const folders: string[] = []
  try {
    for await (const entry of await opendir(folder)) {
      const relative = below ? `${below}/${entry.name}` : entry.name
      if (entry.isDirectory()) folders.push(relative)
      else yield await look(path.join(folder, entry.name), relative)
    }
  } catch (error) {
    yield { relative: below || '.', file: folder, size: 0, modifiedMs: 0, refused: reasonOf(error) }
  }
  for (const relative of folders.toSorted()) yield* walk(root, relative)
}

async function look(file: string, relative: string): Promise<Found> {
  const found = { relative, file, size: 0, modifiedMs: 0, refused: null }
  try {
    const stat = await lstat(file)
    const { size, mtimeMs } = stat
    if (stat.isSymbolicLink()) return { ...found, refused: 'it is a link; links are not followed' }
    if (!stat.isFile()) return { ...found, refused: 'it is not a file' }
    if (LITTER.has(path.basename(file))) return { ...found, refused: 'the system keeps notes of its own in it' }
    if (size === 0) return { ...found, refused: 'it is empty' }
    return { ...found, size, modifiedMs: Math.round(mtimeMs) }
  } catch (error) {
    return { ...found, refused: reasonOf(error) }
  }
}

const reasonOf = (error: unknown): string => `it cannot be read (${(error as NodeJS.ErrnoException).code ?? error})`
