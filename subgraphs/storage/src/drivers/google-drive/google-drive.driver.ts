import type { z } from 'zod'
import { holdBody } from '../body.ts'
import type { StorageDriver, StoredObject } from '../driver.ts'
import { ObjectExists, ObjectNotFound } from '../driver.errors.ts'
import { asObjectKey, toObjectKey, type ObjectKey } from '../object-key.ts'
import { createDriveClient, FILE_FIELDS, type DriveFile } from './google-drive.client.ts'
import { googleDriveConfig } from './google-drive.config.ts'
import { SERVICE } from './google-drive.errors.ts'
import { createFolder } from './google-drive.folder.ts'
import { createDriveIndex, propertiesOf } from './google-drive.index.ts'
import { upload } from './google-drive.upload.ts'
import { download } from '../http/download.ts'
import { discard, type HttpDeps } from '../http/http.ts'
import { isBelow } from '../http/keys.ts'
import type { TokenSource } from '../http/tokens.ts'

export interface GoogleDriveDeps extends HttpDeps {
  tokens: TokenSource
  /** Waits for a file that should exist and is not found yet. @default 0.5 s, 1.5 s */
  searchWaitsMs?: readonly number[]
}

/** Files of one folder of a Google Drive; a file's name is its key, however deep. */
export function createGoogleDriveDriver(
  settings: z.input<typeof googleDriveConfig>,
  deps: GoogleDriveDeps,
): StorageDriver {
  const config = googleDriveConfig.parse(settings)
  const { apiBase, uploadBase, chunkSize } = config
  const client = createDriveClient(config, deps.tokens, deps)
  const folder = createFolder(client, config)
  const index = createDriveIndex(client, apiBase, folder.get, deps.searchWaitsMs)
  const underWay = new Set<ObjectKey>()

  const found = async (key: ObjectKey, signal?: AbortSignal): Promise<DriveFile> => {
    const file = await index.expect(toObjectKey(key), signal)
    if (!file) throw new ObjectNotFound(key)
    return file
  }
  /** The service allows many files of one name: here the second writer is refused. */
  const asOnlyWriter = async <T>(
    key: ObjectKey,
    signal: AbortSignal | undefined,
    write: () => Promise<T>,
  ): Promise<T> => {
    if (underWay.has(toObjectKey(key))) throw new ObjectExists(key)
    underWay.add(key)
    try {
      if (await index.find(key, signal)) throw new ObjectExists(key)
      return await write()
    } finally {
      underWay.delete(key)
    }
  }
  const metadataOf = async (key: ObjectKey) => ({
    id: await client.newId(),
    name: key,
    parents: [await folder.get()],
    appProperties: propertiesOf(key),
  })

  return {
    async put(key, source, options = {}) {
      const body = holdBody(source, options)
      try {
        return await asOnlyWriter(key, options.signal, async () => {
          const metadata = await metadataOf(key)
          const { file, size } = await upload({ client, uploadBase, chunkSize, metadata, body, options })
          index.written(key, file.id)
          return { key, size }
        })
      } finally {
        body.release()
      }
    },

    async get(key, { range, signal } = {}) {
      const { id } = await found(key, signal)
      return download({
        http: client.http,
        service: SERVICE,
        range,
        signal,
        async open({ start, end }, controller) {
          const headers: Record<string, string> = { 'accept-encoding': 'identity' }
          if (start > 0 || end !== undefined) headers.range = `bytes=${start}-${end ?? ''}`
          const url = `${apiBase}/files/${encodeURIComponent(id)}?alt=media`
          const response = await client.ask({ method: 'GET', url, headers, signal }, [404], controller)
          if (response.status !== 404) return response
          await discard(response)
          throw new ObjectNotFound(key)
        },
      })
    },

    async stat(key) {
      const file = await index.find(toObjectKey(key))
      return file && { key, size: Number(file.size) }
    },

    async delete(key) {
      // Two writers in two processes may both have made a file.
      for (let file = await index.find(toObjectKey(key)); file; file = await index.find(key)) {
        await client.deleteFile(file.id)
        index.deleted(key, file.id)
      }
    },

    async *list(prefix): AsyncGenerator<StoredObject> {
      const seen = new Set<string>()
      for await (const file of index.list(prefix === '' ? null : (prefix.split('/')[0] ?? ''))) {
        const key = asObjectKey(file.name)
        if (key === null || !isBelow(key, prefix) || seen.has(key)) continue
        seen.add(key)
        yield { key, size: Number(file.size) }
      }
    },

    async check(signal) {
      await client.json({ method: 'GET', url: `${apiBase}/about?fields=user`, signal })
      await folder.check(signal)
    },

    clockSkew: client.http.clockSkew,

    close: async () => {},

    async copy(from, to) {
      const source = await found(from)
      await asOnlyWriter(to, undefined, async () => {
        const metadata = await metadataOf(to)
        const url = `${apiBase}/files/${encodeURIComponent(source.id)}/copy?fields=${FILE_FIELDS}`
        const headers = { 'content-type': 'application/json; charset=UTF-8' }
        await client.http.retrying(async () => {
          const call = { method: 'POST', url, headers, body: JSON.stringify(metadata), long: true }
          // 409: a try whose answer was lost did succeed.
          const response = await client.ask(call, [404, 409])
          await discard(response)
          if (response.status === 404) throw new ObjectNotFound(from)
        })
        index.written(to, metadata.id)
      })
    },

    async checksum(key, signal) {
      return (await found(key, signal)).sha256Checksum ?? null
    },

    async freeSpace(signal) {
      const about = await client.json<{ storageQuota?: { limit?: string; usage?: string } }>({
        method: 'GET',
        url: `${apiBase}/about?fields=storageQuota`,
        signal,
      })
      const { limit, usage = '0' } = about?.storageQuota ?? {}
      return limit === undefined ? null : Math.max(0, Number(limit) - Number(usage))
    },
  }
}
