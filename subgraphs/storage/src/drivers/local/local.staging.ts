import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readdir, rm, stat, unlink, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { failure } from '../body.ts'
import { fromFileSystem } from './local.errors.ts'

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

/** Takes away unfinished writes to which nothing was added since `before`. @returns how many */
export async function sweepStaging(root: string, before: Date, signal?: AbortSignal): Promise<number> {
  const folder = path.join(root, STAGING)
  let swept = 0
  try {
    for (const name of await readdir(folder)) {
      signal?.throwIfAborted()
      const file = path.join(folder, name)
      // Gone meanwhile: its write has ended.
      const found = await stat(file).catch(() => null)
      if (!found?.isFile() || found.mtime >= before) continue
      await rm(file, { force: true })
      swept++
    }
    return swept
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return swept
    throw failure(error, signal, (reason) => fromFileSystem(reason, STAGING))
  }
}

/** Bytes gathered for one write: a write per piece that a socket gives costs more than the writing. */
const BATCH_BYTES = 1024 ** 2

/** Writes all bytes and waits until the disk has them. Gives their number. One batch is written while the next comes in. */
export async function writeAndFlush(file: string, chunks: AsyncIterable<Buffer>): Promise<number> {
  const handle = await open(file, 'wx', 0o600)
  let writing: Promise<void> = Promise.resolve()
  try {
    let written = 0
    let batch: Buffer[] = []
    let gathered = 0
    const flushBatch = async () => {
      const full = batch
      batch = []
      gathered = 0
      await writing
      writing = writeWhole(handle, full)
      // It is awaited before the next; until then, its failure is nobody's surprise.
      writing.catch(() => {})
    }
    for await (const chunk of chunks) {
      batch.push(chunk)
      gathered += chunk.length
      written += chunk.length
      if (gathered >= BATCH_BYTES) await flushBatch()
    }
    if (gathered > 0) await flushBatch()
    await writing
    await handle.sync()
    return written
  } finally {
    await writing.catch(() => {})
    await handle.close()
  }
}

/** One write may take less than it is given. */
async function writeWhole(handle: FileHandle, chunks: readonly Buffer[]): Promise<void> {
  let { bytesWritten } = await handle.writev(chunks)
  for (const chunk of chunks) {
    if (bytesWritten >= chunk.length) {
      bytesWritten -= chunk.length
      continue
    }
    for (let at = bytesWritten; at < chunk.length;) at += (await handle.write(chunk, at)).bytesWritten
    bytesWritten = 0
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
