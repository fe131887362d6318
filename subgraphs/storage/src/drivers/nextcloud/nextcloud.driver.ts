import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import { holdBody } from '../body.ts'
import type { StorageDriver, StoredObject } from '../driver.ts'
import { ObjectNotFound } from '../driver.errors.ts'
import { download } from '../http/download.ts'
import { discard } from '../http/http.ts'
import { isBelow } from '../http/keys.ts'
import { Transient } from '../http/retry.ts'
import { asObjectKey, toObjectKey, type ObjectKey } from '../object-key.ts'
import { checkNextcloud } from './nextcloud.check.ts'
import { createNextcloudClient, type NextcloudDeps } from './nextcloud.client.ts'
import { nextcloudConfig } from './nextcloud.config.ts'
import { SERVICE } from './nextcloud.errors.ts'
import { createFolders } from './nextcloud.folders.ts'
import { FOR_GOOD, publishing, STAGING } from './nextcloud.publish.ts'
import { sweepAccount } from './nextcloud.sweep.ts'
import { upload } from './nextcloud.upload.ts'

/** Files below one folder of a Nextcloud account, over its WebDAV. */
export function createNextcloudDriver(settings: z.input<typeof nextcloudConfig>, deps: NextcloudDeps): StorageDriver {
  const config = nextcloudConfig.parse(settings)
  const client = createNextcloudClient(config, deps)
  const folders = createFolders(client)
  const addressOf = async (key: ObjectKey) => (await client.addresses()).file(toObjectKey(key))
  const newStaged = async () => (await client.addresses()).file(`${STAGING}/${randomUUID()}`)

  return {
    async put(key, source, options = {}) {
      const body = holdBody(source, options)
      try {
        options.signal?.throwIfAborted()
        toObjectKey(key)
        const target = await newStaged()
        const at = { client, folders, staged: target, key, signal: options.signal }
        const size = await publishing(at, () => upload({ client, target, chunkSize: config.chunkSize, body, options }))
        return { key, size }
      } finally {
        body.release()
      }
    },

    async get(key, { range, signal } = {}) {
      const url = await addressOf(key)
      return download({
        http: client.http,
        service: SERVICE,
        range,
        signal,
        async open({ start, end }, controller) {
          const headers: Record<string, string> = { 'accept-encoding': 'identity' }
          if (start > 0 || end !== undefined) headers.range = `bytes=${start}-${end ?? ''}`
          // 405 and 501: a folder.
          const response = await client.ask({ method: 'GET', url, headers, signal }, [404, 405, 501], controller)
          if (response.ok) return response
          await discard(response)
          throw new ObjectNotFound(key)
        },
      })
    },

    async stat(key) {
      const size = await client.sizeOf(await addressOf(key))
      return size === null ? null : { key, size }
    },

    async delete(key) {
      const url = await addressOf(key)
      // A folder is no object: deleting it would take along what lies in it.
      if ((await client.sizeOf(url)) !== null) await client.tell({ method: 'DELETE', url, headers: FOR_GOOD }, [404])
    },

    async *list(prefix): AsyncGenerator<StoredObject> {
      const { file, prefix: base } = await client.addresses()
      const pending = [prefix === '' ? '' : toObjectKey(prefix)]
      for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
        try {
          for await (const { path, isFolder, size } of (await client.look(file(folder), 1)) ?? []) {
            const name = path.slice(base.length).replace(/^\/|\/$/g, '')
            const key = asObjectKey(name)
            if (!path.startsWith(base) || key === null || !isBelow(key, prefix)) continue
            if (!isFolder) yield { key, size: size ?? 0 }
            else if (key !== folder) pending.push(key)
          }
        } catch (error) {
          throw error instanceof Transient ? error.failure : error
        }
      }
    },

    async check(signal) {
      await checkNextcloud(client, config.url, signal)
      await folders.ensure('', signal)
    },

    clockSkew: client.http.clockSkew,

    close: async () => {},

    async copy(from, to) {
      const [url, size, staged] = [await addressOf(from), await client.sizeOf(await addressOf(from)), await newStaged()]
      if (size === null) throw new ObjectNotFound(from)
      await publishing({ client, folders, staged, key: toObjectKey(to) }, async () => {
        const copied = await client.tell({ method: 'COPY', url, headers: { destination: staged }, long: true }, [404])
        if (copied === 404) throw new ObjectNotFound(from)
        return size
      })
    },

    async checksum(key, signal) {
      const call = {
        method: 'PATCH',
        url: await addressOf(key),
        headers: { 'x-recalculate-hash': 'sha256' },
        long: true,
        signal,
      }
      // Servers that do not compute hashes know no PATCH.
      const response = await client.http.retrying(() => client.ask(call, [400, 404, 405, 415, 501]), signal)
      await discard(response)
      if (response.status === 404) throw new ObjectNotFound(key)
      return /\bSHA256:([\da-f]{64})\b/i.exec(response.headers.get('oc-checksum') ?? '')?.[1]?.toLowerCase() ?? null
    },

    sweep: (before, signal) => sweepAccount(client, before, signal),

    async freeSpace(signal) {
      const { file, home } = await client.addresses()
      // The vault's folder may not be made yet, or be a share with a quota of its own.
      for (const url of [file(''), home]) {
        for await (const { available } of (await client.look(url, 0, signal)) ?? []) {
          return available === null || available < 0 ? null : available
        }
      }
      return null
    },
  }
}
