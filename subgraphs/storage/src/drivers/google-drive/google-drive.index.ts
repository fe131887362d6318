import { createHash } from 'node:crypto'
import type { ObjectKey } from '../object-key.ts'
import { FILE_FIELDS, type DriveClient, type DriveFile } from './google-drive.client.ts'

/**
 * From keys to file ids. The service finds files by property only some time after they were written, and still for some
 * time after they were deleted; by id it is always right. So ids are remembered where they are known, and every answer
 * of a search is confirmed by id.
 */
export interface DriveIndex {
  find(key: ObjectKey, signal?: AbortSignal): Promise<DriveFile | null>
  /** Like `find`, for a key that should exist: waits a little for a file that another process just wrote. */
  expect(key: ObjectKey, signal?: AbortSignal): Promise<DriveFile | null>
  /** All files of the folder whose key begins with this segment, or all. */
  list(firstSegment: string | null, signal?: AbortSignal): AsyncIterable<DriveFile>
  written(key: ObjectKey, id: string): void
  deleted(key: ObjectKey, id: string): void
}

const MAX_KNOWN = 20_000
/** Time after which a search is believed to know of a change. */
const SETTLED_MS = 15 * 60_000

export function createDriveIndex(
  client: DriveClient,
  apiBase: string,
  folder: () => Promise<string>,
  searchWaitsMs: readonly number[] = [500, 1_500],
): DriveIndex {
  const { now, sleep } = client.http.clockwork
  const known = new Map<string, string>()
  const fresh = new Map<string, { id: string; until: number }>()
  const gone = new Map<string, number>()

  async function* search(terms: string[], signal?: AbortSignal): AsyncGenerator<DriveFile> {
    const q = [`'${await folder()}' in parents`, 'trashed = false', ...terms].join(' and ')
    const fields = `nextPageToken,files(${FILE_FIELDS})`
    for (let pageToken = ''; ;) {
      const query = new URLSearchParams({
        q,
        fields,
        pageSize: '1000',
        spaces: 'drive',
        ...(pageToken && { pageToken }),
      })
      const page = await client.json<{ files?: DriveFile[]; nextPageToken?: string }>({
        method: 'GET',
        url: `${apiBase}/files?${query}`,
        signal,
      })
      for (const file of page?.files ?? []) if (!gone.has(file.id)) yield file
      if (!page?.nextPageToken) return
      pageToken = page.nextPageToken
    }
  }

  const confirmed = async (id: string, signal?: AbortSignal): Promise<DriveFile | null> => {
    const file = gone.has(id) ? null : await client.getFile(id, signal)
    return file && !file.trashed ? file : null
  }

  const index: DriveIndex = {
    async find(key, signal) {
      settle()
      const id = known.get(key)
      const file = id === undefined ? null : await confirmed(id, signal)
      if (file) return file
      known.delete(key)
      for await (const candidate of search([has('key', digest(key))], signal)) {
        const found = candidate.name === key ? await confirmed(candidate.id, signal) : null
        if (!found) continue
        remember(key, found.id)
        return found
      }
      return null
    },
    async expect(key, signal) {
      for (const wait of searchWaitsMs) {
        const file = await index.find(key, signal)
        if (file) return file
        await sleep(wait, signal)
      }
      return index.find(key, signal)
    },
    async *list(firstSegment, signal) {
      settle()
      const seen = new Set<string>()
      for await (const file of search(firstSegment === null ? [] : [has('top', firstSegment)], signal)) {
        if (seen.has(file.id)) continue
        seen.add(file.id)
        yield file
      }
      for (const [key, { id }] of [...fresh]) {
        if (seen.has(id) || (firstSegment !== null && key.split('/')[0] !== firstSegment)) continue
        const file = await confirmed(id, signal)
        if (file) yield file
      }
    },
    written(key, id) {
      remember(key, id)
      fresh.set(key, { id, until: now() + SETTLED_MS })
    },
    deleted(key, id) {
      known.delete(key)
      fresh.delete(key)
      gone.set(id, now() + SETTLED_MS)
    },
  }

  function remember(key: string, id: string): void {
    known.delete(key)
    known.set(key, id)
    if (known.size > MAX_KNOWN) known.delete(known.keys().next().value as string)
  }

  /** Forgets what searches know by now. Both maps are in the order of time. */
  function settle(): void {
    const time = now()
    for (const [key, { until }] of fresh) {
      if (until > time) break
      fresh.delete(key)
    }
    for (const [id, until] of gone) {
      if (until > time) break
      gone.delete(id)
    }
  }
  return index
}

/** Name and value of a property may have 124 bytes together, fewer than a key: the key's hash stands for it. */
export const propertiesOf = (key: ObjectKey) => ({ key: digest(key), top: key.split('/')[0] ?? '' })

const digest = (key: string) => createHash('sha256').update(key).digest('hex')
const has = (name: string, value: string) => `appProperties has { key='${name}' and value='${value}' }`
