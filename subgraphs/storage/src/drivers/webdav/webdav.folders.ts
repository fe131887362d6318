import type { WebdavClient } from './webdav.client.ts'
import { statusOf } from './webdav.errors.ts'

/** Paths remembered as made; beyond that the memory starts anew. */
const REMEMBERED = 10_000

export interface Folders {
  /** Makes a folder and those above it, each once. */
  make(segments: readonly string[]): Promise<void>
  /** Forgets what is known, after the server has shown that a folder is gone. */
  forget(): void
}

/** Makes folders below the account's address, which itself must be there. */
export function webdavFolders(client: WebdavClient): Folders {
  const made = new Map<string, Promise<void>>()

  const make = (segments: readonly string[]): Promise<void> => {
    const path = segments.join('/')
    const known = made.get(path)
    if (known) return known
    if (made.size >= REMEMBERED) made.clear()
    const making = makeBelowParents(segments)
    made.set(path, making)
    making.catch(() => made.delete(path))
    return making
  }

  const makeBelowParents = async (segments: readonly string[]): Promise<void> => {
    if (segments.length === 0) return
    await make(segments.slice(0, -1))
    try {
      const { body } = await client.request([...segments, ''], { method: 'MKCOL' })
      body.resume()
    } catch (error) {
      // It exists already.
      if (statusOf(error) !== 405) throw error
    }
  }

  return { make, forget: () => made.clear() }
}
