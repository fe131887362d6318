import { readdir, rmdir, stat } from 'node:fs/promises'
import path from 'node:path'
import type { StoredObject } from '../driver.ts'
import { asObjectKey, toObjectKey } from '../object-key.ts'
import { walkFolders } from '../walk.ts'
import { fromFileSystem } from './local.errors.ts'
import { STAGING } from './local.staging.ts'

/** Removes folders that a delete left empty, up to the root. A folder that another write just filled stays. */
export async function pruneEmpty(root: string, folder: string): Promise<void> {
  for (let current = folder; current.startsWith(root + path.sep); current = path.dirname(current)) {
    try {
      await rmdir(current)
    } catch {
      return
    }
  }
}

/** Every object that is `prefix` or lies below it. Unfinished writes and files of others are no objects. */
export async function* walk(root: string, prefix: string, after?: string): AsyncGenerator<StoredObject> {
  const start = prefix === '' ? [] : toObjectKey(prefix).split('/')
  const direct = prefix === '' ? null : await stat(path.join(root, prefix)).catch(() => null)
  if (direct?.isFile()) {
    yield { key: toObjectKey(prefix), size: direct.size }
    return
  }
  const read = async (folder: readonly string[]) => {
    const found = await readdir(path.join(root, ...folder), { withFileTypes: true }).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return []
        throw fromFileSystem(error, prefix)
      },
    )
    return found
      .filter((entry) => (entry.isDirectory() && entry.name !== STAGING) || entry.isFile())
      .map((entry) => ({ name: entry.name, folder: entry.isDirectory() }))
  }
  for await (const { path: segments } of walkFolders(read, start, after)) {
    const key = asObjectKey(segments.join('/'))
    const found = key && (await stat(path.join(root, key)).catch(() => null))
    if (key && found) yield { key, size: found.size }
  }
}
