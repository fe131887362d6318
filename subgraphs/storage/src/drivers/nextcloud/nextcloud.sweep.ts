import { Transient } from '../http/retry.ts'
import type { NextcloudClient } from './nextcloud.client.ts'
import { FOR_GOOD, STAGING } from './nextcloud.publish.ts'
import { UPLOAD } from './nextcloud.upload.ts'

/**
 * Takes away chunks that were never put together, and files that never got their name, to which nothing was added since
 * `before`. What other programs upload with the same account is left alone. @returns how many
 */
export async function sweepAccount(client: NextcloudClient, before: Date, signal?: AbortSignal): Promise<number> {
  try {
    const { file, upload } = await client.addresses()
    const uploads = await deadIn(client, upload(''), before, signal)
    const folders = uploads.filter((name) => name.startsWith(UPLOAD)).map(upload)
    const files = (await deadIn(client, file(STAGING), before, signal)).map((name) => file(`${STAGING}/${name}`))
    for (const url of [...folders, ...files])
      await client.tell({ method: 'DELETE', url, headers: FOR_GOOD, signal }, [404])
    return folders.length + files.length
  } catch (error) {
    throw error instanceof Transient ? error.failure : error
  }
}

async function deadIn(client: NextcloudClient, url: string, before: Date, signal?: AbortSignal): Promise<string[]> {
  const own = decodeURIComponent(new URL(url).pathname).replace(/\/$/, '')
  const names: string[] = []
  for await (const { path, modified } of (await client.look(url, 1, signal)) ?? []) {
    const name = path.slice(own.length + 1).replace(/\/$/, '')
    if (name !== '' && modified !== null && modified < before.getTime()) names.push(name)
  }
  return names
}
