import type { NextcloudClient } from './nextcloud.client.ts'

const MAX_KNOWN = 10_000

/** Folders are made on demand. That one exists is remembered, and forgotten when the service says otherwise. */
export function createFolders(client: NextcloudClient) {
  const known = new Set<string>()

  const ensure = async (folder: string, signal?: AbortSignal): Promise<void> => {
    if (known.has(folder)) return
    const { file } = await client.addresses()
    // 405: it exists. 409: the folder around it does not.
    const make = () => client.tell({ method: 'MKCOL', url: file(folder), signal }, [405, 409])
    if ((await make()) === 409) {
      const parent = folder === '' ? null : folder.split('/').slice(0, -1).join('/')
      if (parent === null) await ensureRoot(signal)
      else await ensure(parent, signal)
      await make()
    }
    if (known.size >= MAX_KNOWN) known.clear()
    known.add(folder)
  }

  /** The vault's own folder may lie deep in the account's. */
  const ensureRoot = async (signal?: AbortSignal): Promise<void> => {
    const { file, above } = await client.addresses()
    for (const url of [...above, file('')]) await client.tell({ method: 'MKCOL', url, signal }, [405])
  }

  return { ensure, forget: () => known.clear() }
}
