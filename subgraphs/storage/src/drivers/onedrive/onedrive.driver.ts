import type { z } from 'zod'
import { holdBody } from '../body.ts'
import type { StorageDriver, StoredObject } from '../driver.ts'
import { AccessDenied, BackendUnavailable, ObjectNotFound, QuotaExceeded } from '../driver.errors.ts'
import { download } from '../http/download.ts'
import { discard, type HttpDeps } from '../http/http.ts'
import { Transient } from '../http/retry.ts'
import type { TokenSource } from '../http/tokens.ts'
import { toObjectKey, type ObjectKey } from '../object-key.ts'
import { createOneDriveClient, type DriveItem } from './onedrive.client.ts'
import { oneDriveConfig } from './onedrive.config.ts'
import { SERVICE } from './onedrive.errors.ts'
import { filePath, folderPath, keyOf, segmentOf } from './onedrive.paths.ts'
import { upload } from './onedrive.upload.ts'

export interface OneDriveDeps extends HttpDeps {
  tokens: TokenSource
}

interface Quota {
  quota?: { remaining?: number; state?: string }
}

const MAX_REDIRECTS = 3
/** A download address ends after an hour or so; then it is refused in one of these ways. */
const STALE = [401, 403, 404, 410]

/** Files of the application's own folder in a OneDrive, over Microsoft Graph. */
export function createOneDriveDriver(settings: z.input<typeof oneDriveConfig>, deps: OneDriveDeps): StorageDriver {
  const { chunkSize, ...config } = oneDriveConfig.parse(settings)
  const client = createOneDriveClient({ chunkSize, ...config }, deps.tokens, deps)
  const { addresses } = client
  const find = (key: ObjectKey, signal?: AbortSignal) => client.fileAt(filePath(toObjectKey(key)), signal)

  /** The entries of one folder; none when there is no such folder. */
  async function* children(prefix: string): AsyncGenerator<DriveItem> {
    const path = prefix === '' ? '' : folderPath(prefix)
    let url: string | undefined = `${addresses.item(path, 'children')}?$select=id,name,size,file,folder&$top=200`
    while (url) {
      const page: { value?: DriveItem[]; '@odata.nextLink'?: string } | null = await client.json({ method: 'GET', url })
      yield* page?.value ?? []
      url = page?.['@odata.nextLink']
    }
  }

  const quota = async (signal?: AbortSignal): Promise<Quota['quota']> => {
    try {
      return (await client.json<Quota>({ method: 'GET', url: `${addresses.drive}?$select=quota`, signal }))?.quota
    } catch (error) {
      // A consent for the application's folder alone does not reach this.
      if (error instanceof AccessDenied) return undefined
      throw error
    }
  }

  return {
    async put(key, source, options = {}) {
      const body = holdBody(source, options)
      try {
        options.signal?.throwIfAborted()
        toObjectKey(key)
        return { key, size: await upload({ client, chunkSize, key, body, options }) }
      } finally {
        body.release()
      }
    },

    async get(key, { range, signal } = {}) {
      let address: string | null = null
      return download({
        http: client.http,
        service: SERVICE,
        range,
        signal,
        async open({ start, end }, controller) {
          address ??= (await find(key, signal))?.['@microsoft.graph.downloadUrl'] ?? null
          if (address === null) throw new ObjectNotFound(key)
          const headers: Record<string, string> = { 'accept-encoding': 'identity' }
          if (start > 0 || end !== undefined) headers.range = `bytes=${start}-${end ?? ''}`
          let url = address
          for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
            const response = await client.askUnsigned(
              { method: 'GET', url, headers, signal },
              [301, 302, 307, 308, ...STALE],
              controller,
            )
            if (response.ok) return response
            await discard(response)
            const location = response.headers.get('location')
            if (location === null) break
            url = new URL(location, url).href
          }
          address = null
          throw new Transient(new BackendUnavailable('OneDrive does not give out the file. Try again later.'))
        },
      })
    },

    async stat(key) {
      const item = await find(key)
      return item && { key, size: item.size }
    },

    delete: async (key) => client.remove(filePath(toObjectKey(key))),

    async *list(prefix): AsyncGenerator<StoredObject> {
      const object = prefix === '' ? null : await find(toObjectKey(prefix))
      if (object) yield { key: toObjectKey(prefix), size: object.size }
      const pending = [prefix]
      for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
        for await (const item of children(folder)) {
          const segment = item.folder ? segmentOf(item.name) : null
          if (segment !== null) pending.push(folder === '' ? segment : `${folder}/${segment}`)
          const key = item.file ? keyOf(folder, item.name) : null
          if (key !== null) yield { key, size: item.size }
        }
      }
    },

    async check(signal) {
      // Asking for the application's folder makes it.
      await client.json({ method: 'GET', url: addresses.base, signal })
      if ((await quota(signal))?.state === 'exceeded') {
        throw new QuotaExceeded(
          'The OneDrive is full and takes no more files. Free space there or choose another place.',
        )
      }
    },

    clockSkew: client.http.clockSkew,

    close: async () => {},

    async checksum(key, signal) {
      const item = await find(key, signal)
      if (!item) throw new ObjectNotFound(key)
      const hash = item.file?.hashes?.sha256Hash?.toLowerCase()
      return hash && /^[\da-f]{64}$/.test(hash) ? hash : null
    },

    async freeSpace(signal) {
      return (await quota(signal))?.remaining ?? null
    },
  }
}
