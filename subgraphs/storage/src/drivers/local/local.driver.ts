import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { link, mkdir, open, readdir, rmdir, stat, unlink, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'
import type { GetOptions, PutOptions, StorageDriver, StoredObject } from '../driver.ts'
import { WrongSize } from '../driver.errors.ts'
import { toObjectKey, type ObjectKey } from '../object-key.ts'
import { fromFileSystem } from './local.errors.ts'

export interface LocalConfig {
  /** Folder of all objects; made when absent. */
  root: string
}

/** Unfinished writes live here, beside the objects, so that publishing one is a link on the same disk. */
const STAGING = '.staging'

/** Files below a folder. A write is staged, flushed to the disk and then linked to its name: whole or absent. */
export function createLocalDriver(config: LocalConfig): StorageDriver {
  const root = path.resolve(config.root)
  const fileOf = (key: ObjectKey) => path.join(root, toObjectKey(key))

  return {
    async put(key, body, options = {}) {
      const target = fileOf(key)
      const staged = path.join(root, STAGING, randomUUID())
      try {
        await mkdir(path.dirname(staged), { recursive: true })
        const size = await writeAndFlush(staged, body, options)
        await mkdir(path.dirname(target), { recursive: true })
        // A link, unlike a rename, refuses a name that exists.
        await link(staged, target)
        await flushFolder(path.dirname(target))
        return { key, size }
      } catch (error) {
        throw fromFileSystem(error, key, options.signal)
      } finally {
        body.destroy()
        await unlink(staged).catch(() => {})
      }
    },

    async get(key, options: GetOptions = {}) {
      let handle: FileHandle
      try {
        handle = await open(fileOf(key), 'r')
      } catch (error) {
        throw fromFileSystem(error, key)
      }
      return createReadStream('', { fd: handle, start: options.range?.start, end: options.range?.end, signal: options.signal, highWaterMark: 256 * 1024 })
    },

    async stat(key) {
      try {
        const { size } = await stat(fileOf(key))
        return { key, size }
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code
        if (code === 'ENOENT' || code === 'ENOTDIR') return null
        throw fromFileSystem(error, key)
      }
    },

    async delete(key) {
      const target = fileOf(key)
      try {
        await unlink(target)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw fromFileSystem(error, key)
      }
      await pruneEmpty(root, path.dirname(target))
    },

    list: (prefix) => walk(root, prefix),

    async check() {
      try {
        await mkdir(root, { recursive: true })
        await stat(root)
      } catch (error) {
        throw fromFileSystem(error, root)
      }
    },

    close: async () => {},
  }
}

async function writeAndFlush(file: string, body: Readable, { size, signal }: PutOptions): Promise<number> {
  signal?.throwIfAborted()
  const stop = () => body.destroy(signal?.reason instanceof Error ? signal.reason : new Error('aborted'))
  signal?.addEventListener('abort', stop, { once: true })
  const handle = await open(file, 'wx', 0o600)
  try {
    let written = 0
    for await (const chunk of body as AsyncIterable<Buffer>) {
      if (size !== undefined && written + chunk.length > size) throw new WrongSize(size, written + chunk.length)
      await writeWhole(handle, chunk)
      written += chunk.length
    }
    if (size !== undefined && written !== size) throw new WrongSize(size, written)
    await handle.sync()
    return written
  } finally {
    signal?.removeEventListener('abort', stop)
    await handle.close()
  }
}

/** One write may take less than it is given. */
async function writeWhole(handle: FileHandle, chunk: Buffer): Promise<void> {
  for (let at = 0; at < chunk.length; ) {
    const { bytesWritten } = await handle.write(chunk, at)
    at += bytesWritten
  }
}

/** A new name is on the disk only when its folder is. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Removes folders that a delete left empty, up to the root. A folder that another write just filled stays. */
async function pruneEmpty(root: string, folder: string): Promise<void> {
  for (let current = folder; current.startsWith(root + path.sep); current = path.dirname(current)) {
    try {
      await rmdir(current)
    } catch {
      return
    }
  }
}

async function* walk(root: string, prefix: string): AsyncGenerator<StoredObject> {
  const start = prefix === '' ? root : path.join(root, toObjectKey(prefix))
  const direct = prefix === '' ? null : await stat(start).catch(() => null)
  if (direct?.isFile()) {
    yield { key: toObjectKey(prefix), size: direct.size }
    return
  }
  const pending = [start]
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw fromFileSystem(error, prefix)
    })
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const full = path.join(folder, entry.name)
      if (entry.isDirectory()) {
        if (entry.name !== STAGING) pending.push(full)
      } else if (entry.isFile() && !entry.name.startsWith('.')) {
        const found = await stat(full).catch(() => null)
        if (found) yield { key: toObjectKey(path.relative(root, full).split(path.sep).join('/')), size: found.size }
      }
    }
  }
}
