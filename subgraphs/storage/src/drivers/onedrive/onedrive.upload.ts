import type { Body } from '../body.ts'
import type { PutOptions } from '../driver.ts'
import { BackendUnavailable, ObjectExists } from '../driver.errors.ts'
import { chunksOf, type Chunk } from '../http/chunks.ts'
import { discard, jsonOf } from '../http/http.ts'
import { Transient } from '../http/retry.ts'
import type { ObjectKey } from '../object-key.ts'
import type { DriveItem, OneDriveClient } from './onedrive.client.ts'
import { SERVICE } from './onedrive.errors.ts'
import { filePath } from './onedrive.paths.ts'
import { createQuickXorHash } from './quick-xor-hash.ts'
import { spool } from './spool.ts'

export interface Upload {
  client: OneDriveClient
  chunkSize: number
  key: ObjectKey
  body: Body
  options: PutOptions
}

/** The service no longer knows the session: it was lost, or it ended with success. */
class SessionGone extends Error {}

/** Sessions begun for one body before it is given up. */
const MAX_SESSIONS = 3

const FAIL = '@microsoft.graph.conflictBehavior'

/** Sends a body. Its whole length must be known with the first part, so one that is not announced waits on the disk. */
export async function upload(upload: Upload): Promise<number> {
  const { body, options, chunkSize } = upload
  if (options.size !== undefined) return send(upload, body.chunks, options.size)
  const chunks = chunksOf(body.chunks, chunkSize)
  const { value: first } = await chunks.next()
  if (!first || first.last) return send(upload, only(first?.bytes), first?.bytes.length ?? 0)
  const waiting = await spool(joined(first, chunks))
  try {
    return await send(upload, waiting.read(), waiting.size)
  } finally {
    await waiting.close()
  }
}

async function* only(bytes: Buffer | undefined): AsyncGenerator<Buffer> {
  if (bytes) yield bytes
}

async function* joined(first: Chunk, rest: AsyncIterable<Chunk>): AsyncGenerator<Buffer> {
  yield first.bytes
  for await (const { bytes } of rest) yield bytes
}

/** The file appears with the last part. When anything fails, the session is ended and a file that did appear is deleted. */
async function send(upload: Upload, body: AsyncIterable<Buffer>, total: number): Promise<number> {
  const { client, key, options, chunkSize } = upload
  const path = filePath(key)
  const hash = createQuickXorHash()
  let digest: string | null = null
  let session: string | null = null
  const isOurs = (item: DriveItem | null) =>
    item !== null && item.size === total && (item.file?.hashes?.quickXorHash ?? digest) === digest
  try {
    for await (const chunk of chunksOf(body, chunkSize, total)) {
      hash.update(chunk.bytes)
      if (chunk.last) digest = hash.digest()
      let item: DriveItem | null = null
      for (let sessions = 1; ; sessions++) {
        try {
          if (total === 0) {
            item = await putEmpty(upload)
            break
          }
          session ??= await begin(upload)
          item = await sendChunk(upload, session, chunk, total)
          break
        } catch (error) {
          if (!(error instanceof SessionGone)) throw error
          session = null
          // The answer to the last part may have been lost, and the session ended with success.
          item = chunk.last ? await client.fileAt(path, options.signal) : null
          if (item) break
          if (chunk.offset > 0 || sessions === MAX_SESSIONS) {
            throw new BackendUnavailable('OneDrive lost the upload half way. Nothing was kept; try again.', {
              cause: error,
            })
          }
        }
      }
      if (!chunk.last) continue
      if (isOurs(item)) return total
      await client.remove(path)
      throw new BackendUnavailable('OneDrive kept other bytes than were sent. They were deleted; try again.')
    }
    throw new Error('a body has a last chunk')
  } catch (error) {
    if (session) await client.askUnsigned({ method: 'DELETE', url: session }, [404, 410]).then(discard, () => {})
    // The last part may have been carried out all the same. A file of another writer is not touched.
    const ours =
      digest !== null && !(error instanceof ObjectExists) && isOurs(await client.fileAt(path).catch(() => null))
    if (ours) await client.remove(path).catch(() => {})
    throw error
  }
}

async function begin({ client, key, options: { signal } }: Upload): Promise<string> {
  return client.http.retrying(async () => {
    const call = {
      method: 'POST',
      url: client.addresses.item(filePath(key), 'createUploadSession'),
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ item: { [FAIL]: 'fail' } }),
      signal,
    }
    const response = await client.ask(call, [409])
    if (response.status === 409) throw await exists(response, key)
    const { uploadUrl } = await jsonOf<{ uploadUrl?: string }>(SERVICE, response, signal)
    if (!uploadUrl) throw new Transient(new BackendUnavailable('OneDrive opened no upload session. Try again later.'))
    return uploadUrl
  }, signal)
}

/** A session cannot be empty. */
async function putEmpty({ client, key, options: { contentType, signal } }: Upload): Promise<DriveItem> {
  const url = `${client.addresses.item(filePath(key), 'content')}?${FAIL}=fail`
  const headers = { 'content-type': contentType ?? 'application/octet-stream' }
  return client.http.retrying(async (attempt) => {
    const response = await client.ask({ method: 'PUT', url, headers, body: '', signal }, [409])
    if (response.status !== 409) return jsonOf<DriveItem>(SERVICE, response, signal)
    const refused = await exists(response, key)
    // An earlier try may have succeeded.
    const item = attempt > 0 ? await client.fileAt(filePath(key), signal) : null
    if (item?.size === 0) return item
    throw refused
  }, signal)
}

/** The file after the last part, null before. Whatever breaks, the session is asked where it stands and taken up there. */
function sendChunk(
  { client, key, options: { signal } }: Upload,
  session: string,
  chunk: Chunk,
  total: number,
): Promise<DriveItem | null> {
  const end = chunk.offset + chunk.bytes.length
  let next = chunk.offset

  const standing = async (response: Response): Promise<void> => {
    const { nextExpectedRanges = [] } = await jsonOf<{ nextExpectedRanges?: string[] }>(SERVICE, response, signal)
    next = nextExpectedRanges[0] === undefined ? total : Number.parseInt(nextExpectedRanges[0], 10)
  }
  const lookUp = async (): Promise<void> => {
    const response = await client.askUnsigned({ method: 'GET', url: session, signal }, GONE)
    if (response.ok) return standing(response)
    await discard(response)
    throw new SessionGone()
  }

  return client.http.retrying(async (attempt) => {
    if (attempt > 0) await lookUp()
    while (next < end) {
      const from = next
      // What came before this chunk is no longer in memory.
      if (from < chunk.offset) throw new SessionGone()
      const headers = { 'content-range': `bytes ${from}-${end - 1}/${total}` }
      const call = {
        method: 'PUT',
        url: session,
        headers,
        body: chunk.bytes.subarray(from - chunk.offset),
        long: true,
        signal,
      }
      const response = await client.askUnsigned(call, [409, 416, ...GONE])
      if (response.status === 202) await standing(response)
      else if (response.ok) return jsonOf<DriveItem>(SERVICE, response, signal)
      else if (response.status === 409) throw await exists(response, key)
      else {
        await discard(response)
        // 416: it has these bytes, from a try whose answer was lost.
        if (response.status !== 416) throw new SessionGone()
        await lookUp()
      }
      if (next <= from) throw new Transient(new BackendUnavailable('OneDrive does not take the file. Try again later.'))
    }
    // All bytes are there, and the session is still open: the file was not made.
    if (chunk.last) throw new SessionGone()
    return null
  }, signal)
}

/** A session's address is its own right: refused, it has ended. */
const GONE = [401, 404, 410]

async function exists(response: Response, key: ObjectKey): Promise<ObjectExists> {
  await discard(response)
  return new ObjectExists(key)
}
