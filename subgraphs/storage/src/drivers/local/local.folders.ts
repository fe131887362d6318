import { readdir, rmdir, stat } from 'node:fs/promises'
import path from 'node:path'
import type { StoredObject } from '../driver.ts'
import { asObjectKey, toObjectKey } from '../object-key.ts'
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
export async function* walk(root: string, prefix: string): AsyncGenerator<StoredObject> {
  const start = prefix === '' ? root : path.join(root, toObjectKey(prefix))
  const direct = prefix === '' ? null : await stat(start).catch(() => null)
  if (direct?.isFile()) {
    yield { key: toObjectKey(prefix), size: direct.size }
    return
  }
  const pending = [start]
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return []
      throw fromFileSystem(error, prefix)
    })
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const full = path.join(folder, entry.name)
      if (entry.isDirectory()) {
        if (entry.name !== STAGING) pending.push(full)
        continue
      }
      const key = asObjectKey(path.relative(root, full).split(path.sep).join('/'))
      const found = key && entry.isFile() ? await stat(full).catch(() => null) : null
      if (key && found) yield { key, size: found.size }
    }
  }
}
