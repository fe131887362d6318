import { randomUUID } from 'node:crypto'
import type { Body } from '../body.ts'
import type { PutOptions } from '../driver.ts'
import { BackendUnavailable } from '../driver.errors.ts'
import { chunksOf, type Chunk } from '../http/chunks.ts'
import { discard } from '../http/http.ts'
import type { NextcloudClient } from './nextcloud.client.ts'

export interface Upload {
  client: NextcloudClient
  /** Address of the file to write; nothing is there. */
  target: string
  chunkSize: number
  body: Body
  options: PutOptions
}

/** How the names of our upload folders begin; others of the account belong to other programs. */
export const UPLOAD = 'archivolt-'

const MAX_CHUNKS = 10_000
/** Upload folders begun for one body before it is given up. */
const MAX_SESSIONS = 3

/** Writes a body to a new file: at once when it is one chunk, else in chunks that the service puts together. */
export async function upload({ client, target, chunkSize, body, options }: Upload): Promise<number> {
  let chunks: ChunkedUpload | null = null
  try {
    for await (const chunk of chunksOf(body.chunks, chunkSize, options.size)) {
      const size = chunk.offset + chunk.bytes.length
      if (chunk.last && !chunks) {
        await putWhole(client, target, chunk, options)
        return size
      }
      chunks ??= await beginChunks(client, target, options)
      await chunks.put(chunk)
      if (!chunk.last) continue
      await chunks.assemble(size)
      return size
    }
    throw new Error('a body has a last chunk')
  } catch (error) {
    await chunks?.discard()
    throw error
  }
}

async function putWhole(
  client: NextcloudClient,
  url: string,
  { bytes }: Chunk,
  { contentType, signal }: PutOptions,
): Promise<void> {
  const headers = { 'content-type': contentType ?? 'application/octet-stream' }
  await client.tell({ method: 'PUT', url, headers, body: bytes, long: true, signal })
}

interface ChunkedUpload {
  put(chunk: Chunk): Promise<void>
  assemble(size: number): Promise<void>
  discard(): Promise<void>
}

async function beginChunks(
  client: NextcloudClient,
  target: string,
  { size, signal }: PutOptions,
): Promise<ChunkedUpload> {
  const { upload: addressOf } = await client.addresses()
  const destination = { destination: target }
  // With the whole length the service refuses a body that will not fit with its first chunk.
  const total: Record<string, string> = size === undefined ? {} : { 'oc-total-length': String(size) }
  let folder = ''
  let number = 0

  const begin = async (): Promise<void> => {
    folder = addressOf(`${UPLOAD}${randomUUID()}`)
    await client.tell({ method: 'MKCOL', url: folder, headers: destination, signal }, [405])
  }
  await begin()

  return {
    async put({ bytes, offset }) {
      if (++number > MAX_CHUNKS) {
        throw new BackendUnavailable(
          'Nextcloud takes a file in ten thousand chunks at most. Set a larger chunk size for this storage.',
        )
      }
      const name = String(number).padStart(5, '0')
      for (let sessions = 1; ; sessions++) {
        const headers = { ...destination, ...total, 'content-type': 'application/octet-stream' }
        const call = { method: 'PUT', url: `${folder}/${name}`, headers, body: bytes, long: true, signal }
        const status = await client.tell(call, [404, 409])
        if (status < 300) return
        // The upload folder is gone. What was let go cannot be sent again.
        if (offset > 0 || sessions === MAX_SESSIONS) {
          throw new BackendUnavailable('Nextcloud lost the upload half way. Nothing was kept; try again.')
        }
        await begin()
      }
    },

    /**
     * Gateways give up on a long assembly while the service goes on with it: then the file is locked, and at last it
     * is there and the chunks are gone. So each further try looks first.
     */
    async assemble(size) {
      const headers = { ...destination, 'oc-total-length': String(size), overwrite: 'F' }
      await client.patiently(async (attempt) => {
        if (attempt > 0 && (await client.sizeOf(target, signal)) === size) return
        const call = { method: 'MOVE', url: `${folder}/.file`, headers, long: true, signal }
        const response = await client.ask(call, [404, 412])
        await discard(response)
        if (response.ok) return
        if ((await client.sizeOf(target, signal)) !== size) {
          throw new BackendUnavailable(
            'Nextcloud lost the upload while putting it together. Nothing was kept; try again.',
          )
        }
      }, signal)
      const stored = await client.sizeOf(target, signal)
      if (stored !== size)
        throw new BackendUnavailable('Nextcloud kept other bytes than were sent. They were deleted; try again.')
    },

    async discard() {
      await client.tell({ method: 'DELETE', url: folder }, [404]).catch(() => {})
    },
  }
}
