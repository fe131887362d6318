import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { withDatabase } from '../../bench/lib/vault-databases.ts'

export interface UploadRow {
  id: string
  ownerId: string
  state: 'PENDING' | 'RECEIVING' | 'RECEIVED' | 'COMMITTED' | 'ABORTED'
  key: string | null
  declaredSize: number
  blobId: string | null
}

export interface PartRow {
  uploadId: string
  key: string
  size: number
}

export interface BlobRow {
  id: string
  bucket: string
  key: string
  ownerId: string
  documentId: string
  size: number
  sha256: string
  /** At the one place of this vault. */
  replica: string | null
}

export interface DocumentRow {
  id: string
  ownerId: string
  status: 'UPLOADING' | 'PROCESSING' | 'READY' | 'FAILED'
  failure: string | null
  blobId: string | null
  sha256: string | null
  text: string | null
}

export interface Account {
  userId: string
  used: number
  reserved: number
}

/** All that rows and disk say, while nothing moves. */
export interface Census {
  uploads: UploadRow[]
  parts: PartRow[]
  blobs: BlobRow[]
  accounts: Account[]
  documents: DocumentRow[]
  /** Sizes of the objects on the disk, by key. */
  objects: Map<string, number>
  /** Unfinished writes. */
  staged: { name: string; size: number }[]
}

const MARKER = 'archivolt-vault.json'
const STAGING = '.staging'

export async function takeCensus(at: { storageUrl: string; documentsUrl: string; files: string }): Promise<Census> {
  const rows = await withDatabase(at.storageUrl, async (client) => ({
    uploads: (
      await client.query<UploadRow>(
        `SELECT "id", "owner_id" AS "ownerId", "state", "key", "declared_size" AS "declaredSize", "blob_id" AS "blobId" FROM "uploads"`,
      )
    ).rows,
    parts: (await client.query<PartRow>(`SELECT "upload_id" AS "uploadId", "key", "size" FROM "upload_parts"`)).rows,
    blobs: (
      await client.query<BlobRow>(
        `SELECT b."id", b."bucket", coalesce(r."key", b."key") AS "key", b."owner_id" AS "ownerId", b."document_id" AS "documentId", b."size", b."sha256", r."state" AS "replica"
         FROM "blobs" b LEFT JOIN "replicas" r ON r."blob_id" = b."id"`,
      )
    ).rows,
    accounts: (await client.query<Account>(`SELECT "user_id" AS "userId", "used", "reserved" FROM "quota_accounts"`))
      .rows,
  }))
  const documents = await withDatabase(at.documentsUrl, (client) =>
    client.query<DocumentRow>(
      `SELECT d."id", d."owner_id" AS "ownerId", d."status", d."failure", d."blob_id" AS "blobId", d."sha256", e."body" AS "text"
       FROM "documents" d LEFT JOIN "search_entries" e ON e."document_id" = d."id"`,
    ),
  )
  return { ...rows, documents: documents.rows, ...(await walk(at.files)) }
}

async function walk(root: string): Promise<Pick<Census, 'objects' | 'staged'>> {
  const found = { objects: new Map<string, number>(), staged: [] as { name: string; size: number }[] }
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const full = path.join(entry.parentPath, entry.name)
    const key = path.relative(root, full)
    if (key === MARKER) continue
    const { size } = await stat(full)
    if (key.startsWith(STAGING + path.sep)) found.staged.push({ name: entry.name, size })
    else found.objects.set(key, size)
  }
  return found
}

/** The SHA-256 of a file, in hexadecimal; null when it is not there. */
export async function hashOfFile(file: string): Promise<string | null> {
  const hash = createHash('sha256')
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1024 ** 2 })) hash.update(chunk as Buffer)
    return hash.digest('hex')
  } catch {
    return null
  }
}
