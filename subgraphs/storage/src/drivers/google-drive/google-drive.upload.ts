import { createHash } from 'node:crypto'
import type { Body } from '../body.ts'
import type { PutOptions } from '../driver.ts'
import { BackendUnavailable } from '../driver.errors.ts'
import { FILE_FIELDS, type DriveClient, type DriveFile } from './google-drive.client.ts'
import { SERVICE } from './google-drive.errors.ts'
import { chunksOf, type Chunk } from '../http/chunks.ts'
import { discard, jsonOf } from '../http/http.ts'
import { Transient } from '../http/retry.ts'

export interface Upload {
  client: DriveClient
  uploadBase: string
  chunkSize: number
  /** Of the new file, with the id it will have. */
  metadata: { id: string; name: string; parents: string[]; appProperties: Record<string, string> }
  body: Body
  options: PutOptions
}

/** The service no longer knows the session. */
class SessionGone extends Error {}

/** Sessions begun for one body before it is given up. */
const MAX_SESSIONS = 3

/**
 * Sends a body through a resumable session. The file appears with the last chunk, and only after the body's end was
 * seen; when anything fails, the session is cancelled and a file that did appear is deleted.
 */
export async function upload(upload: Upload): Promise<{ file: DriveFile; size: number }> {
  const { client, metadata, body, options, chunkSize } = upload
  const hash = createHash('sha256')
  let session: string | null = null
  let mayExist = false
  try {
    for await (const chunk of chunksOf(body.chunks, chunkSize, options.size)) {
      hash.update(chunk.bytes)
      mayExist ||= chunk.last
      let file: DriveFile | null = null
      for (let sessions = 1; ; sessions++) {
        try {
          session ??= await begin(upload, chunk)
          file = await sendChunk(upload, session, chunk)
          break
        } catch (error) {
          if (!(error instanceof SessionGone)) throw error
          session = null
          // The answer to the last chunk may have been lost, and the session ended with success.
          file = chunk.last ? await client.getFile(metadata.id, options.signal) : null
          if (file) break
          if (chunk.offset > 0 || sessions === MAX_SESSIONS) {
            throw new BackendUnavailable('Google Drive lost the upload half way. Nothing was kept; try again.', {
              cause: error,
            })
          }
        }
      }
      if (chunk.last) {
        const size = chunk.offset + chunk.bytes.length
        return { file: proven(file, size, hash.digest('hex')), size }
      }
    }
    throw new Error('a body has a last chunk')
  } catch (error) {
    if (session) await cancel(client, session)
    if (mayExist) await client.deleteFile(metadata.id).catch(() => {})
    throw error
  }
}

function proven(file: DriveFile | null, size: number, sha256: string): DriveFile {
  if (!file || Number(file.size) !== size || (file.sha256Checksum ?? sha256) !== sha256) {
    throw new BackendUnavailable('Google Drive kept other bytes than were sent. They were deleted; try again.')
  }
  return file
}

async function begin({ client, uploadBase, metadata, options }: Upload, chunk: Chunk): Promise<string> {
  const { contentType = 'application/octet-stream', signal } = options
  const size = options.size ?? (chunk.last ? chunk.bytes.length : undefined)
  return client.http.retrying(async () => {
    const call = {
      method: 'POST',
      url: `${uploadBase}/files?uploadType=resumable&fields=${FILE_FIELDS}`,
      headers: {
        'content-type': 'application/json; charset=UTF-8',
        'x-upload-content-type': contentType,
        ...(size === undefined ? {} : { 'x-upload-content-length': String(size) }),
      },
      body: JSON.stringify({ ...metadata, mimeType: contentType }),
      signal,
    }
    // 409: the id has its file, so the session before this one did succeed.
    const response = await client.ask(call, [409])
    await discard(response)
    if (response.status === 409) throw new SessionGone()
    const location = response.headers.get('location')
    if (!location)
      throw new Transient(new BackendUnavailable('Google Drive opened no upload session. Try again later.'))
    return new URL(location, uploadBase).href
  }, signal)
}

/** The file after the last chunk, null before. Whatever breaks, the session is asked where it stands and taken up there. */
function sendChunk(upload: Upload, session: string, chunk: Chunk): Promise<DriveFile | null> {
  const { client, options } = upload
  const end = chunk.offset + chunk.bytes.length
  const total = chunk.last ? end : (options.size ?? '*')
  let next = chunk.offset

  const tell = async (headers: Record<string, string>, body: Uint8Array): Promise<DriveFile | null> => {
    const call = { method: 'PUT', url: session, headers, body, long: true, signal: options.signal }
    const response = await client.ask(call, [308, 404, 410])
    if (response.ok) return jsonOf<DriveFile>(SERVICE, response, options.signal)
    await discard(response)
    if (response.status !== 308) throw new SessionGone()
    const kept = /^bytes=0-(\d+)$/.exec(response.headers.get('range') ?? '')?.[1]
    next = kept === undefined ? 0 : Number(kept) + 1
    return null
  }

  return client.http.retrying(async (attempt) => {
    if (attempt > 0) {
      const file = await tell({ 'content-range': `bytes */${total}` }, EMPTY)
      if (file) return file
    }
    while (next < end || chunk.last) {
      const from = next
      // What came before this chunk is no longer in memory.
      if (from < chunk.offset || from > end) throw new SessionGone()
      const rest = chunk.bytes.subarray(from - chunk.offset)
      const range = rest.length === 0 ? `bytes */${total}` : `bytes ${from}-${end - 1}/${total}`
      const file = await tell({ 'content-range': range }, rest)
      if (file) return file
      if (next <= from)
        throw new Transient(new BackendUnavailable('Google Drive does not take the file. Try again later.'))
    }
    return null
  }, options.signal)
}

const EMPTY = new Uint8Array(0)

/** Best effort: sessions end by themselves after a week. */
async function cancel(client: DriveClient, session: string): Promise<void> {
  const ended = client.ask({ method: 'DELETE', url: session }, [404, 410, 499])
  await ended.then(discard).catch(() => {})
}
