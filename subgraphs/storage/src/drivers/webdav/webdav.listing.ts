import type { StoredObject } from '../driver.ts'
import { asObjectKey, toObjectKey } from '../object-key.ts'
import { walkFolders } from '../walk.ts'
import type { WebdavClient } from './webdav.client.ts'
import { statusOf } from './webdav.errors.ts'
import { entriesOf, propertiesOf } from './webdav.properties.ts'

/**
 * Every object that is `prefix` or lies below it, one request a folder: many servers refuse to look deeper at once.
 * Unfinished writes and files of others are no objects.
 */
export async function* walk(
  client: WebdavClient,
  root: readonly string[],
  prefix: string,
  after?: string,
): AsyncGenerator<StoredObject> {
  const start = prefix === '' ? [] : prefix.split('/')
  const itself = start.length === 0 ? null : await orNull(propertiesOf(client, [...root, ...start]))
  if (start.length > 0 && !itself) return
  if (itself && !itself.folder) {
    const key = asObjectKey(prefix)
    if (key) yield { key, size: itself.size }
    return
  }
  const read = async (folder: readonly string[]) => {
    const found = (await orNull(entriesOf(client, [...root, ...folder]))) ?? []
    return found.filter(({ name }) => asObjectKey([...folder, name].join('/')))
  }
  for await (const { path, entry } of walkFolders(read, start, after)) {
    yield { key: toObjectKey(path.join('/')), size: entry.size }
  }
}

/** A folder may be gone by the time it is asked for. */
async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  return answer.catch((error: unknown) => {
    if (statusOf(error) === 404) return null
    throw error
  })
}
