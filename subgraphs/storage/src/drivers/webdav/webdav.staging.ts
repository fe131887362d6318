import { randomUUID } from 'node:crypto'
import { BackendUnavailable } from '../driver.errors.ts'
import type { WebdavClient } from './webdav.client.ts'
import { statusOf } from './webdav.errors.ts'
import type { Folders } from './webdav.folders.ts'
import { entriesOf, propertiesOf, type Entry } from './webdav.properties.ts'

/** Unfinished files live here. A dot begins no key of ours: nothing below is ever listed or read as an object. */
export const STAGING = '.staging'

/** What servers answer where the folder of a new name is missing: 409 is right, Apache says 500, rclone 403. */
const FOLDER_GONE = new Set([403, 404, 409, 500])

export interface Staging {
  /**
   * Lets `write` fill a file that nobody sees, makes sure that the server has as many bytes as `write` says, then gives
   * it its name, unless that is taken. Some servers keep what a cut upload has left, and call it a file.
   */
  publish(
    target: readonly string[],
    write: (staged: readonly string[]) => Promise<number>,
    signal?: AbortSignal,
  ): Promise<number>
}

export function webdavStaging(client: WebdavClient, folders: Folders, root: readonly string[]): Staging {
  const look = (path: readonly string[]): Promise<Entry | null> =>
    propertiesOf(client, path).catch((error: unknown) => {
      if (statusOf(error) === 404) return null
      throw error
    })

  const move = async (staged: readonly string[], target: readonly string[]): Promise<void> => {
    await folders.make(target.slice(0, -1))
    const headers = { destination: client.urlOf(target), overwrite: 'F' }
    const { body } = await client.request(staged, { method: 'MOVE', headers })
    body.resume()
  }

  const moveOnce = async (staged: readonly string[], target: readonly string[], size: number): Promise<void> => {
    try {
      await move(staged, target)
    } catch (error) {
      const [left, there] = await Promise.all([look(staged), look(target)])
      // It was moved, and the answer was lost: a second attempt found nothing to move, or the name taken by the first.
      if (!left && there?.size === size) return
      if (!left || there || !FOLDER_GONE.has(statusOf(error) ?? 0)) throw error
      folders.forget()
      await move(staged, target)
    }
  }

  return {
    async publish(target, write, signal) {
      const staged = [...root, STAGING, randomUUID()]
      let published = false
      try {
        await folders.make(staged.slice(0, -1))
        const size = await write(staged)
        signal?.throwIfAborted()
        const arrived = await look(staged)
        if (arrived?.size !== size) {
          throw new BackendUnavailable(
            `${size} bytes were sent to the WebDAV server, but it has ${arrived?.size ?? 'none'}. Try again.`,
          )
        }
        published = true
        await moveOnce(staged, target, size)
        if (signal?.aborted) await remove(client, target)
        signal?.throwIfAborted()
        return size
      } catch (error) {
        // The folder may have been taken away by someone else: it is made anew for the next file.
        if (FOLDER_GONE.has(statusOf(error) ?? 0)) folders.forget()
        await remove(client, staged).catch(() => {})
        // An unanswered move may have been carried out; keys are used once, so what is there is from this call.
        if (published && statusOf(error) === undefined && !signal?.aborted) await remove(client, target).catch(() => {})
        throw error
      }
    },
  }
}

/** Deletes a file; absent is success. */
export async function remove(client: WebdavClient, path: readonly string[]): Promise<void> {
  try {
    const { body } = await client.request(path, { method: 'DELETE' })
    body.resume()
  } catch (error) {
    if (statusOf(error) !== 404) throw error
  }
}

/** Takes away unfinished writes to which nothing was added since `before`. @returns how many */
export async function sweepStaging(
  client: WebdavClient,
  root: readonly string[],
  before: Date,
  signal?: AbortSignal,
): Promise<number> {
  const folder = [...root, STAGING]
  const found = await entriesOf(client, folder).catch((error: unknown) => {
    if (statusOf(error) === 404) return []
    throw error
  })
  const dead = found.filter(({ folder, modified }) => !folder && modified !== null && modified < before)
  for (const { name } of dead) {
    signal?.throwIfAborted()
    await remove(client, [...folder, name])
  }
  return dead.length
}
