import { randomUUID } from 'node:crypto'
import { link, mkdir, open, unlink, type FileHandle } from 'node:fs/promises'
import path from 'node:path'

/** Unfinished writes live here, beside the objects, so that publishing one is a link on the same disk. */
export const STAGING = '.staging'

export interface Staging {
  /**
   * Lets `write` fill a file that nobody sees, then gives it its name, unless `signal` was aborted meanwhile. Gives what
   * `write` gave. @throws the operating system's EEXIST when the name is taken
   */
  publish<T>(target: string, write: (staged: string) => Promise<T>, signal?: AbortSignal): Promise<T>
}

export function createStaging(root: string): Staging {
  return {
    async publish(target, write, signal) {
      const staged = path.join(root, STAGING, randomUUID())
      try {
        await mkdir(path.dirname(staged), { recursive: true })
        const written = await write(staged)
        signal?.throwIfAborted()
        const made = await linkInto(staged, target)
        await flushFolders(path.dirname(target), made).catch(async (error: unknown) => {
          await unlink(target)
          throw error
        })
        return written
      } finally {
        await unlink(staged).catch(() => {})
      }
    },
  }
}

/** Writes all bytes and waits until the disk has them. Gives their number. */
export async function writeAndFlush(file: string, chunks: AsyncIterable<Buffer>): Promise<number> {
  const handle = await open(file, 'wx', 0o600)
  try {
    let written = 0
    for await (const chunk of chunks) {
      await writeWhole(handle, chunk)
      written += chunk.length
    }
    await handle.sync()
    return written
  } finally {
    await handle.close()
  }
}

/** One write may take less than it is given. */
async function writeWhole(handle: FileHandle, chunk: Buffer): Promise<void> {
  for (let at = 0; at < chunk.length;) {
    const { bytesWritten } = await handle.write(chunk, at)
    at += bytesWritten
  }
}

/** A link, unlike a rename, refuses a name that exists. Gives the topmost folder that had to be made. */
async function linkInto(staged: string, target: string): Promise<string | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      const made = await mkdir(path.dirname(target), { recursive: true })
      await link(staged, target)
      return made
    } catch (error) {
      // A delete beside it may take the new, still empty folder away in between.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt === 5) throw error
    }
  }
}

/** A new name is on the disk only when its folder is, and a new folder only when the one above it is. */
async function flushFolders(folder: string, made: string | undefined): Promise<void> {
  await flushFolder(folder)
  for (let above = folder; made && above.startsWith(made);) {
    above = path.dirname(above)
    await flushFolder(above)
  }
}

async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
