import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import path from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { Refused, type Session } from './session.ts'
import type { Found } from './walk.ts'

const CREATE_UPLOAD = `mutation ($input: CreateUploadInput!) { createUpload(input: $input) {
  ... on CreateUploadSuccess { upload { id method url headers { name value } } } ... on Error { code message } } }`
const COMPLETE_UPLOAD = `mutation ($input: CompleteUploadInput!) { completeUpload(input: $input) {
  ... on CompleteUploadSuccess { document { id } } ... on Error { code message } } }`
const BY_HASH = `query ($sha256: [String!]!) { documentsByHash(sha256: $sha256) { id status } }`

/** Refusals that may be over in a moment. */
const PASSING = new Set(['unavailable', 'documents.upload.incomplete'])
const TRIES = 6
/** A slow line still moves some bytes in this time. */
const SEND_MS = 6 * 3_600_000

interface Problem {
  code?: string
  message?: string
}

/** The SHA-256 of a file in hexadecimal. */
export async function hashOf(file: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file, { signal })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

/** A document of this account with these bytes, the newest; null where there is none. */
export async function findByHash(session: Session, sha256: string, signal: AbortSignal): Promise<string | null> {
  const { documentsByHash } = await session.ask<{ documentsByHash: { id: string; status: string }[] }>(
    BY_HASH,
    { sha256: [sha256] },
    signal,
  )
  return documentsByHash.find(({ status }) => status !== 'UPLOADING')?.id ?? null
}

/**
 * Sends a file, again where something on the way failed; a file that arrived is never sent twice.
 * @returns the document's id
 * @throws Refused when the vault will not have it, Error when it could not be sent
 */
export async function send(session: Session, found: Found, sha256: string, signal: AbortSignal): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await sendOnce(session, found, sha256, signal)
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof Refused || attempt >= TRIES) throw error
      await sleep(Math.min(30_000, 1000 * 2 ** attempt), undefined, { signal })
      // The answer may have been lost, not the file.
      const arrived = await findByHash(session, sha256, signal)
      if (arrived) return arrived
    }
  }
}

async function sendOnce(session: Session, found: Found, sha256: string, signal: AbortSignal): Promise<string> {
  const input = {
    filename: path.basename(found.file),
    contentType: 'application/octet-stream',
    size: found.size,
    sha256,
  }
  const { createUpload } = await session.ask<{ createUpload: { upload?: Ticket } & Problem }>(
    CREATE_UPLOAD,
    { input },
    signal,
  )
  const ticket = createUpload.upload ?? judge(createUpload)
  const put = await fetch(new URL(ticket.url, session.url), {
    method: ticket.method,
    headers: {
      ...Object.fromEntries(ticket.headers.map(({ name, value }) => [name, value])),
      'content-length': String(found.size),
    },
    body: Readable.toWeb(createReadStream(found.file)) as ReadableStream<Uint8Array>,
    duplex: 'half',
    signal: AbortSignal.any([signal, AbortSignal.timeout(SEND_MS)]),
  })
  const answer = await put.text()
  if (put.status >= 400 && put.status < 500 && put.status !== 408 && put.status !== 429)
    throw new Refused(messageIn(answer) ?? `the upload was answered ${put.status}`)
  if (!put.ok) throw new Error(`the upload was answered ${put.status}`)
  const { completeUpload } = await session.ask<{ completeUpload: { document?: { id: string } } & Problem }>(
    COMPLETE_UPLOAD,
    { input: { uploadId: ticket.id } },
    signal,
  )
  return (completeUpload.document ?? judge(completeUpload)).id
}

interface Ticket {
  id: string
  method: string
  url: string
  headers: { name: string; value: string }[]
}

/** @throws Refused, or Error for what may pass */
function judge({ code = '', message = 'the vault gave no reason' }: Problem): never {
  throw PASSING.has(code) ? new Error(message) : new Refused(message)
}

function messageIn(answer: string): string | null {
  try {
    return (JSON.parse(answer) as { error?: { message?: string } }).error?.message ?? null
  } catch {
    return null
  }
}
