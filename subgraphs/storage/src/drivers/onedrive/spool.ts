import { randomUUID } from 'node:crypto'
import { open, unlink, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { BackendUnavailable } from '../driver.errors.ts'

export interface Spool {
  size: number
  read(): AsyncIterable<Buffer>
  close(): Promise<void>
}

/** Bytes on the local disk, for services that must know the length before the first byte. */
export async function spool(body: AsyncIterable<Buffer>): Promise<Spool> {
  const name = path.join(tmpdir(), `archivolt-${randomUUID()}`)
  let file: FileHandle
  try {
    file = await open(name, 'wx+', 0o600)
  } catch (error) {
    throw new BackendUnavailable('There is no folder for temporary files. Check the disk of this server.', {
      cause: error,
    })
  }
  // Without a name it vanishes with the process, however that ends. Where open files keep theirs, it goes on closing.
  const nameless = await unlink(name).then(
    () => true,
    () => false,
  )
  const close = async () => {
    await file.close()
    if (!nameless) await unlink(name).catch(() => {})
  }
  try {
    let size = 0
    for await (const bytes of body) {
      await writeWhole(file, bytes, size)
      size += bytes.length
    }
    return { size, close, read: () => file.createReadStream({ start: 0, autoClose: false, highWaterMark: 256 * 1024 }) }
  } catch (error) {
    await close()
    throw error
  }
}

/** One write may take less than it is given. */
async function writeWhole(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  try {
    for (let at = 0; at < bytes.length;)
      at += (await file.write(bytes, at, bytes.length - at, position + at)).bytesWritten
  } catch (error) {
    throw new BackendUnavailable(
      'The file does not fit on the disk of this server, where it must wait for its upload.',
      { cause: error },
    )
  }
}
