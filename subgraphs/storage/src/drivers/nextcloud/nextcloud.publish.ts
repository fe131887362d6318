import { BackendUnavailable, ObjectExists } from '../driver.errors.ts'
import type { ObjectKey } from '../object-key.ts'
import { discard } from '../http/http.ts'
import { Transient } from '../http/retry.ts'
import type { NextcloudClient } from './nextcloud.client.ts'
import type { createFolders } from './nextcloud.folders.ts'

/** Names for writes that are not done. No key begins with a dot. */
export const STAGING = '.incoming'

/** Past the trash: there a deleted document would remain, and count against the quota. */
export const FOR_GOOD = { 'x-nc-skip-trashbin': 'true' }

export interface Staged {
  client: NextcloudClient
  folders: ReturnType<typeof createFolders>
  /** Address of the whole, unpublished file. */
  staged: string
  key: ObjectKey
  signal?: AbortSignal
}

/**
 * Runs a write to a hidden name and then gives the file its own name. When anything fails, neither is left.
 * @throws ObjectExists when the name is taken
 */
export async function publishing<T extends number>(at: Staged, write: () => Promise<T>): Promise<T> {
  const { client, folders, staged, key, signal } = at
  const { file } = await client.addresses()
  const target = file(key)
  let [writing, moving] = [false, false]
  try {
    await folders.ensure(STAGING, signal)
    writing = true
    const size = await write()
    await folders.ensure(key.split('/').slice(0, -1).join('/'), signal)
    moving = true
    await move(at, target, size)
    return size
  } catch (error) {
    if (!writing) throw error
    // The service may have carried out a move whose answer never came: then the hidden name is gone, and the file is ours.
    const gone = await client.tell({ method: 'DELETE', url: staged, headers: FOR_GOOD }, [404]).catch(() => null)
    if (gone === 404 && moving && !(error instanceof ObjectExists)) {
      await client.tell({ method: 'DELETE', url: target, headers: FOR_GOOD }, [404]).catch(() => {})
    }
    throw error
  }
}

async function move({ client, folders, staged, key, signal }: Staged, target: string, size: number): Promise<void> {
  await client.http.retrying(async () => {
    const call = { method: 'MOVE', url: staged, headers: { destination: target, overwrite: 'F' }, long: true, signal }
    const response = await client.ask(call, [404, 409, 412])
    await discard(response)
    if (response.ok) return
    if (response.status === 409) {
      // Somebody removed a folder that was known to exist.
      folders.forget()
      await folders.ensure(key.split('/').slice(0, -1).join('/'), signal)
      throw new Transient(
        new BackendUnavailable('Nextcloud has no folder for the file. Check the folder of this storage.'),
      )
    }
    // Only our own move takes the hidden name away: when it is gone, an earlier try did succeed.
    if ((await client.sizeOf(staged, signal)) !== null) throw response.status === 412 ? new ObjectExists(key) : lost()
    if ((await client.sizeOf(target, signal)) !== size) throw lost()
  }, signal)
}

const lost = () =>
  new BackendUnavailable('Nextcloud lost the file before it was published. Nothing was kept; try again.')
