import path from 'node:path'
import { hashOfFile, type BlobRow, type Census, type UploadRow } from './census.ts'
import { nameOf } from './scene.ts'
import type { Entry } from './journal.ts'

export interface Orphan {
  key: string
  size: number
  cause: string
}

export interface Verdict {
  /** Documents the vault said to have, that it has not, or not as they were sent. */
  lost: string[]
  /** Rows that promise bytes which are not there, or not so. */
  unreadable: string[]
  /** Rows that contradict each other. */
  contradictions: string[]
  /** Accounts that are not the sum of what they stand for. */
  wrongAccounts: string[]
  /** Objects that no row knows. */
  orphans: Orphan[]
  /** Blobs, counted as stored, that no document has: their client left before it knew. */
  unclaimed: string[]
  staged: { files: number; bytes: number }
}

const OPEN: readonly UploadRow['state'][] = ['PENDING', 'RECEIVING', 'RECEIVED']

/** Compares what clients were told with what the rows say, and that with what the disk holds. */
export async function judge(census: Census, entries: readonly Entry[], files: string): Promise<Verdict> {
  return {
    lost: [...lostIn(census, entries)],
    unreadable: await unreadableIn(census, files),
    contradictions: [...contradictionsIn(census)],
    wrongAccounts: wrongAccountsIn(census),
    orphans: orphansIn(census),
    unclaimed: unclaimedIn(census),
    staged: { files: census.staged.length, bytes: sum(census.staged.map(({ size }) => size)) },
  }
}

function* lostIn({ documents, blobs }: Census, entries: readonly Entry[]): Generator<string> {
  const byId = new Map(documents.map((row) => [row.id, row]))
  const blobById = new Map(blobs.map((row) => [row.id, row]))
  for (const entry of entries) {
    const document = byId.get(entry.documentId ?? '')
    if ((entry.belief === 'aborted' || entry.belief === 'purged') && document)
      yield `${nameOf(entry)}: ${entry.belief}, yet ${document.status}`
    if (entry.belief !== 'complete') continue
    const blob = blobById.get(document?.blobId ?? '')
    if (!document) yield `${nameOf(entry)}: no document`
    else if (document.status !== 'READY') yield `${nameOf(entry)}: ${document.status} ${document.failure ?? ''}`
    else if (!blob) yield `${nameOf(entry)}: no blob`
    else if (blob.sha256 !== entry.sha256 || blob.size !== entry.size) yield `${nameOf(entry)}: other bytes`
    else if (entry.lastWord && !document.text?.includes(entry.lastWord))
      yield `${nameOf(entry)}: its text is not all there`
  }
}

async function unreadableIn({ uploads, blobs, parts, objects }: Census, files: string): Promise<string[]> {
  // Once the whole is there, or given up, its parts are taken away: bytes first, then their rows.
  const waiting = new Set(
    uploads.filter(({ state }) => state === 'PENDING' || state === 'RECEIVING').map(({ id }) => id),
  )
  const found = parts
    .filter(({ uploadId, key, size }) => waiting.has(uploadId) && objects.get(key) !== size)
    .map(({ key, size }) => `part ${key}: ${objects.get(key) ?? 'no'} bytes instead of ${size}`)
  for (const blob of blobs) {
    if (blob.replica !== 'VERIFIED') found.push(`blob ${blob.id}: its replica is ${blob.replica}`)
    else if (objects.get(blob.key) !== blob.size)
      found.push(`blob ${blob.id}: ${objects.get(blob.key) ?? 'no'} bytes instead of ${blob.size}`)
    else if ((await hashOfFile(path.join(files, blob.key))) !== blob.sha256)
      found.push(`blob ${blob.id}: its hash differs`)
  }
  return found
}

function* contradictionsIn({ uploads, blobs, documents }: Census): Generator<string> {
  const blobById = new Map(blobs.map((row) => [row.id, row]))
  for (const upload of uploads) {
    if ((upload.state === 'COMMITTED') !== (upload.blobId !== null))
      yield `upload ${upload.id}: ${upload.state}, blob ${upload.blobId}`
    if (upload.blobId && blobById.get(upload.blobId)?.key !== upload.key)
      yield `upload ${upload.id}: its blob is elsewhere`
  }
  for (const document of documents) {
    const blob = document.blobId ? blobById.get(document.blobId) : null
    if (document.status !== 'UPLOADING' && !document.blobId)
      yield `document ${document.id}: ${document.status} without a blob`
    if (document.blobId && (blob?.documentId !== document.id || blob.sha256 !== document.sha256))
      yield `document ${document.id}: its blob is not its own`
  }
  const documentIds = new Set(documents.map(({ id }) => id))
  const twice = Map.groupBy(ofDocuments(blobs), (blob) => blob.documentId)
  for (const [id, several] of twice) {
    if (several.length > 1) yield `document ${id}: ${several.length} blobs`
    if (!documentIds.has(id)) yield `document ${id}: a blob, but no row`
  }
}

/** Page images and other things that services keep for themselves count for nobody. */
const ofDocuments = (blobs: readonly BlobRow[]) => blobs.filter(({ bucket }) => bucket === 'documents')

function wrongAccountsIn({ accounts, blobs, uploads }: Census): string[] {
  return accounts.flatMap(({ userId, used, reserved }) => {
    const stored = sum(
      ofDocuments(blobs)
        .filter((blob) => blob.ownerId === userId)
        .map(({ size }) => size),
    )
    const open = sum(
      uploads
        .filter((row) => row.ownerId === userId && OPEN.includes(row.state))
        .map(({ declaredSize }) => declaredSize),
    )
    if (used === stored && reserved === open) return []
    return [`${userId}: ${used} used of ${stored} stored, ${reserved} reserved of ${open} open`]
  })
}

function orphansIn({ objects, blobs, uploads, parts }: Census): Orphan[] {
  const known = new Set([...blobs, ...uploads, ...parts].map(({ key }) => key))
  const uploadOf = new Map(uploads.map((row) => [row.id, row]))
  return [...objects]
    .filter(([key]) => !known.has(key))
    .map(([key, size]) => ({ key, size, cause: causeOf(key, uploadOf.get(key.split('/')[1] ?? '')) }))
}

/** An upload and its document have one id, which is the second segment of the key. */
function causeOf(key: string, upload: UploadRow | undefined): string {
  if (key.endsWith('.part'))
    return `a part that was named, and never written down or not taken away (now ${upload?.state})`
  if (!upload) return 'of an upload whose row is gone'
  if (upload.key)
    return `named by an attempt that died; a later attempt took its place in the row (now ${upload.state})`
  return `named by an attempt that died after its upload was given up (now ${upload.state})`
}

function unclaimedIn({ blobs, documents }: Census): string[] {
  const claimed = new Set(documents.map(({ blobId }) => blobId))
  const statusOf = new Map(documents.map(({ id, status }) => [id, status]))
  return ofDocuments(blobs)
    .filter(({ id }) => !claimed.has(id))
    .map(
      ({ id, documentId, size }) => `blob ${id} (${size} bytes): its document is ${statusOf.get(documentId) ?? 'gone'}`,
    )
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
