import { BackendUnavailable } from '../driver.errors.ts'
import type { DriveClient, DriveFile } from './google-drive.client.ts'
import type { GoogleDriveConfig } from './google-drive.config.ts'
import { discard } from '../http/http.ts'

const FOLDER = 'application/vnd.google-apps.folder'

/** The folder of all objects. A folder found or made is looked for once; the oldest wins where two were made. */
export function createFolder(client: DriveClient, { apiBase, folderId, folderName }: GoogleDriveConfig) {
  let folder: Promise<string> | null = folderId ? Promise.resolve(folderId) : null

  // Shared by all who wait for it: no single caller's abort ends it.
  const find = async (): Promise<string | null> => {
    const name = folderName.replace(/[\\']/g, '\\$&')
    const q = `mimeType = '${FOLDER}' and name = '${name}' and trashed = false and appProperties has { key='archivolt' and value='objects' }`
    const query = new URLSearchParams({
      q,
      fields: 'files(id)',
      orderBy: 'createdTime',
      spaces: 'drive',
      pageSize: '1',
    })
    const found = await client.json<{ files?: DriveFile[] }>({ method: 'GET', url: `${apiBase}/files?${query}` })
    return found?.files?.[0]?.id ?? null
  }

  const make = async (): Promise<string> => {
    const id = await client.newId()
    const body = JSON.stringify({ id, name: folderName, mimeType: FOLDER, appProperties: { archivolt: 'objects' } })
    const headers = { 'content-type': 'application/json; charset=UTF-8' }
    await client.http.retrying(async () => {
      const response = await client.ask({ method: 'POST', url: `${apiBase}/files?fields=id`, headers, body }, [409])
      await discard(response)
    })
    return id
  }

  const get = (): Promise<string> =>
    (folder ??= find()
      .then((id) => id ?? make())
      .catch((error: unknown) => {
        folder = null
        throw error
      }))

  return {
    get,
    /** Rejects with a sentence when the folder is gone. */
    async check(signal?: AbortSignal): Promise<string> {
      const id = await get()
      const file = await client.getFile(id, signal)
      if (file && !file.trashed) return id
      if (!folderId) folder = null
      throw new BackendUnavailable(
        `The folder ${folderName} is gone from the Google Drive, or lies in its trash. Restore it there, or connect the account again.`,
      )
    },
  }
}
