import { failure } from '../body.ts'
import { BackendUnavailable } from '../driver.errors.ts'
import type { WebdavClient } from './webdav.client.ts'
import { fromWebdav, statusOf } from './webdav.errors.ts'
import { propertiesOf } from './webdav.properties.ts'

/** Asks for the folder, and makes nothing. @throws DriverError with a sentence on what to correct */
export async function checkFolder(client: WebdavClient, root: readonly string[], signal?: AbortSignal): Promise<void> {
  // Some servers have no answer for a file that is asked for as a folder, with a slash at its end.
  const ask = (segments: readonly string[]) => propertiesOf(client, segments.length > 0 ? segments : [''], signal)
  try {
    // The folder itself is made at the first write; what it lies in must be there.
    const found = await ask(root).catch((error: unknown) => {
      if (statusOf(error) === 404 && root.length > 0) return ask([])
      throw error
    })
    if (!found.folder) throw new BackendUnavailable('There is a file at this address, not a folder.')
  } catch (error) {
    throw failure(error, signal, (reason) => {
      const status = statusOf(reason)
      if (status === 404) return new BackendUnavailable('There is no folder at this address.', { cause: reason })
      if (status === 405 || status === 501 || noXml(reason)) {
        return new BackendUnavailable(
          'What answers at this address is no WebDAV server. Check the path of the address.',
          { cause: reason },
        )
      }
      return fromWebdav(reason, root.join('/'))
    })
  }
}

function noXml(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Invalid response: No root multistatus')
}
