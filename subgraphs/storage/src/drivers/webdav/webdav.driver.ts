import { failure, holdBody } from '../body.ts'
import type { ByteRange, StorageDriver, StoredObject } from '../driver.ts'
import { BackendUnavailable, ObjectNotFound } from '../driver.errors.ts'
import { objectStream } from '../object-stream.ts'
import { toObjectKey, type ObjectKey } from '../object-key.ts'
import { checkFolder } from './webdav.check.ts'
import { openClient, type Agents, type WebdavAnswer } from './webdav.client.ts'
import { rootSegments, webdavConfig, type WebdavConfig } from './webdav.config.ts'
import { fromWebdav, statusOf } from './webdav.errors.ts'
import { webdavFolders } from './webdav.folders.ts'
import { walk } from './webdav.listing.ts'
import { propertiesOf, quotaOf } from './webdav.properties.ts'
import { sendBody } from './webdav.put.ts'
import { remove, sweepStaging, webdavStaging } from './webdav.staging.ts'

export interface WebdavOptions {
  agents?: Agents
}

export interface WebdavDriver extends StorageDriver {
  copy: NonNullable<StorageDriver['copy']>
  freeSpace: NonNullable<StorageDriver['freeSpace']>
}

/** Files on a WebDAV server. A write is sent to a hidden name, counted there, and moved. @throws ZodError for a configuration that does not fit */
export function createWebdavDriver(config: WebdavConfig, options: WebdavOptions = {}): WebdavDriver {
  const account = webdavConfig.parse(config)
  const root = rootSegments(account)
  const client = openClient(account, options.agents)
  const folders = webdavFolders(client)
  const staging = webdavStaging(client, folders, root)
  const pathOf = (key: string) => [...root, ...toObjectKey(key).split('/')]
  const explain = (key: string, signal?: AbortSignal) => (error: unknown) =>
    failure(error, signal, (reason) => fromWebdav(reason, key))

  const stat = async (key: ObjectKey): Promise<StoredObject | null> => {
    try {
      const { folder, size } = await propertiesOf(client, pathOf(key))
      return folder ? null : { key, size }
    } catch (error) {
      if (statusOf(error) === 404) return null
      throw explain(key)(error)
    }
  }

  return {
    async put(key, source, putOptions = {}) {
      const body = holdBody(source, putOptions)
      const { signal } = putOptions
      try {
        const size = await staging.publish(
          pathOf(key),
          (staged) => sendBody(client, staged, body.chunks, putOptions),
          signal,
        )
        return { key, size }
      } catch (error) {
        throw explain(key, signal)(error)
      } finally {
        body.release()
      }
    },

    async get(key, { range, signal } = {}) {
      try {
        const part: Record<string, string> = range ? { range: `bytes=${range.start}-${range.end}` } : {}
        // Compressed bytes would have another length than the file.
        const answer = await client.request(pathOf(key), {
          method: 'GET',
          headers: { 'accept-encoding': 'identity', ...part },
          signal,
        })
        const length = await lengthOf(key, answer, range).catch((error: unknown) => {
          answer.body.destroy()
          throw error
        })
        return objectStream(answer.body, { length, signal, explain: explain(key) })
      } catch (error) {
        // Servers refuse to give a folder in several ways.
        const refused = statusOf(error) === 403 || statusOf(error) === 405
        if (refused && !(await stat(key))) throw new ObjectNotFound(key, { cause: error })
        throw explain(key, signal)(error)
      }
    },

    stat,

    async delete(key) {
      // The deletion of a folder takes along everything below it: what is no file is left alone.
      if (!(await stat(key))) return
      await remove(client, pathOf(key)).catch((error: unknown) => {
        throw explain(key)(error)
      })
    },

    async *list(prefix, { after } = {}) {
      try {
        if (prefix !== '') toObjectKey(prefix)
        yield* walk(client, root, prefix, after)
      } catch (error) {
        throw explain(prefix)(error)
      }
    },

    async copy(from, to) {
      try {
        const source = await stat(from)
        if (!source) throw new ObjectNotFound(from)
        // Not straight to its name: a server may show a copy that it has not finished.
        await staging.publish(pathOf(to), async (staged) => {
          const headers = { destination: client.urlOf(staged), overwrite: 'T', depth: '0' }
          const { body } = await client.request(pathOf(from), { method: 'COPY', headers })
          body.resume()
          return source.size
        })
      } catch (error) {
        throw explain(from)(error)
      }
    },

    async freeSpace(signal) {
      try {
        return await quotaOf(client, root, signal).catch((error: unknown) => {
          if (statusOf(error) === 404) return quotaOf(client, [], signal)
          throw error
        })
      } catch (error) {
        throw explain('', signal)(error)
      }
    },

    sweep: (before, signal) =>
      sweepStaging(client, root, before, signal).catch((error: unknown) => {
        throw explain('', signal)(error)
      }),

    check: (signal) => checkFolder(client, root, signal),
    clockSkew: client.clockSkew,

    close: async () => client.close(),
  }

  /** Bytes that the answer to a download must have. A server may leave them out, as of a file it sends in chunks. */
  async function lengthOf(key: ObjectKey, answer: WebdavAnswer, range: ByteRange | undefined): Promise<number> {
    if (range && answer.status !== 206) {
      throw new BackendUnavailable(
        'The WebDAV server gives whole files only. Downloads need parts of them; choose another server.',
      )
    }
    if (range) return range.end - range.start + 1
    const length = answer.header('content-length')
    return length === null ? (await propertiesOf(client, pathOf(key))).size : Number(length)
  }
}
