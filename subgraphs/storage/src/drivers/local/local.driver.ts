import { createReadStream, constants } from 'node:fs'
import { copyFile, mkdir, open, stat, statfs, unlink, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { failure, holdBody } from '../body.ts'
import type { StorageDriver } from '../driver.ts'
import { ObjectNotFound } from '../driver.errors.ts'
import { toObjectKey, type ObjectKey } from '../object-key.ts'
import { fromFileSystem } from './local.errors.ts'
import { pruneEmpty, walk } from './local.folders.ts'
import { createStaging, sweepStaging, writeAndFlush } from './local.staging.ts'

export interface LocalConfig {
  /** Folder of all objects; made when absent. */
  root: string
}

/** Files below a folder. A write is staged, flushed to the disk and then linked to its name: whole or absent. */
export function createLocalDriver(config: LocalConfig): StorageDriver {
  const root = path.resolve(config.root)
  const fileOf = (key: ObjectKey) => path.join(root, toObjectKey(key))
  const staging = createStaging(root)

  return {
    async put(key, source, options = {}) {
      const body = holdBody(source, options)
      try {
        const target = fileOf(key)
        const size = await staging.publish(target, (staged) => writeAndFlush(staged, body.chunks), options.signal)
        return { key, size }
      } catch (error) {
        throw failure(error, options.signal, (reason) => fromFileSystem(reason, key))
      } finally {
        body.release()
      }
    },

    async get(key, { range, signal } = {}) {
      const file = fileOf(key)
      let handle: FileHandle | undefined
      try {
        signal?.throwIfAborted()
        handle = await open(file, 'r')
        if (!(await handle.stat()).isFile()) throw new ObjectNotFound(key)
      } catch (error) {
        await handle?.close()
        throw failure(error, signal, (reason) => fromFileSystem(reason, key))
      }
      return createReadStream('', {
        fd: handle,
        start: range?.start,
        end: range?.end,
        signal,
        highWaterMark: 256 * 1024,
      })
    },

    async stat(key) {
      try {
        const found = await stat(fileOf(key))
        return found.isFile() ? { key, size: found.size } : null
      } catch (error) {
        const explained = fromFileSystem(error, key)
        if (explained instanceof ObjectNotFound) return null
        throw explained
      }
    },

    async delete(key) {
      const target = fileOf(key)
      try {
        await unlink(target)
      } catch (error) {
        const explained = fromFileSystem(error, key)
        if (!(explained instanceof ObjectNotFound)) throw explained
      }
      await pruneEmpty(root, path.dirname(target))
    },

    list: (prefix, { after } = {}) => walk(root, prefix, after),

    sweep: (before, signal) => sweepStaging(root, before, signal),

    async copy(from, to) {
      try {
        const [source, target] = [fileOf(from), fileOf(to)]
        // A clone where the file system can, which takes no room; never a link, as one damaged file would be two.
        await staging.publish(target, async (staged) => {
          await copyFile(source, staged, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
          await flush(staged)
        })
      } catch (error) {
        throw failure(error, undefined, (reason) => fromFileSystem(reason, from))
      }
    },

    async freeSpace() {
      try {
        const { bavail, bsize } = await statfs(root)
        return bavail * bsize
      } catch (error) {
        throw fromFileSystem(error, root)
      }
    },

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

async function flush(file: string): Promise<void> {
  const handle = await open(file, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
