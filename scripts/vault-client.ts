import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { extract } from '@archivolt/documents/extract'

/** The operations other programs rely on, word for word. */
const LOGIN = `mutation ($input: LoginInput!) { login(input: $input) {
  __typename ... on LoginSuccess { accessToken expiresAt user { id } } ... on TwoFactorRequired { challengeId } ... on Error { code message } } }`
const CREATE_UPLOAD = `mutation ($input: CreateUploadInput!) { createUpload(input: $input) {
  ... on CreateUploadSuccess { upload { id method url headers { name value } expiresAt partSize parts { number url } } } ... on Error { code message } } }`
const COMPLETE_UPLOAD = `mutation ($input: CompleteUploadInput!) { completeUpload(input: $input) {
  ... on CompleteUploadSuccess { document { id status } } ... on Error { code message } } }`
const DOCUMENT = `query ($id: ID!) { document(id: $id) { id title status failure file { size sha256 contentType download { url expiresAt } } } }`
const SEARCH = `query ($search: String!, $after: String) { documents(first: 100, after: $after, search: $search) {
  totalCount edges { cursor node { id title snippet } } pageInfo { hasNextPage endCursor } } }`
const CHANGED = `subscription ($id: ID) { documentChanged(id: $id) { document { id status } } }`

export interface VaultDocument {
  id: string
  title: string
  status: 'UPLOADING' | 'PROCESSING' | 'READY' | 'FAILED'
  failure: string | null
  file: { size: number; sha256: string; contentType: string; download: { url: string; expiresAt: string } } | null
}

export interface VaultClient {
  /** The `data` of an operation. @throws Error with the first top-level error */
  query<Data>(query: string, variables?: object): Promise<Data>
  /** Sends a file. @returns the document's id */
  upload(file: string): Promise<string>
  /** The document once it is READY or FAILED. */
  untilDone(id: string): Promise<VaultDocument>
  /** @throws Error at the first difference in size, hash, bytes or range */
  compareBytes(document: VaultDocument, file: string): Promise<void>
  /** A distinctive word of the file's text, null when it has none. */
  aWordOf(file: string): Promise<string | null>
  /** Whether a search for the word lists the document. */
  finds(word: string, id: string): Promise<boolean>
  close(): Promise<void>
}

const READY_WITHIN_MS = 10 * 60_000

/** Signs in and returns a client of the vault at `url`. @throws Error when the vault or the account refuses */
export async function openClient(url: string, account: { email: string; password: string }): Promise<VaultClient> {
  const { login } = await post<{ login: { accessToken?: string; message?: string } }>(url, undefined, LOGIN, {
    input: account,
  })
  const token = login.accessToken
  if (!token) throw new Error(`sign-in failed: ${login.message ?? 'a second factor is asked for'}`)
  const authorization = `Bearer ${token}`
  const socket = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization },
    lazy: true,
    retryAttempts: 0,
  })
  const query = <Data>(text: string, variables: object = {}) => post<Data>(url, authorization, text, variables)
  const load = async (id: string) => (await query<{ document: VaultDocument }>(DOCUMENT, { id })).document

  return {
    query,
    load,
    async upload(file: string) {
      const { size } = await stat(file)
      const input = { filename: path.basename(file), contentType: 'application/octet-stream', size }
      const created = await query<{ createUpload: { upload?: Upload; message?: string } }>(CREATE_UPLOAD, { input })
      const upload = created.createUpload.upload
      if (!upload) throw new Error(`createUpload: ${created.createUpload.message}`)
      const headers = {
        ...Object.fromEntries(upload.headers.map(({ name, value }) => [name, value])),
        'content-length': String(size),
      }
      const put = await fetch(new URL(upload.url, url), {
        method: upload.method,
        headers,
        body: Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>,
        duplex: 'half',
      })
      if (!put.ok) throw new Error(`PUT: ${put.status} ${await put.text()}`)
      await put.arrayBuffer()
      const completed = await query<{ completeUpload: { document?: { id: string }; message?: string } }>(
        COMPLETE_UPLOAD,
        { input: { uploadId: upload.id } },
      )
      if (!completed.completeUpload.document) throw new Error(`completeUpload: ${completed.completeUpload.message}`)
      return completed.completeUpload.document.id
    },
    async untilDone(id: string) {
      const events = socket.iterate<{ documentChanged: { document: { status: string } | null } }>({
        query: CHANGED,
        variables: { id },
      })
      const timer = setTimeout(() => void events.return?.(), READY_WITHIN_MS)
      try {
        for await (const event of events) {
          if (event.errors) throw new Error(event.errors[0]?.message)
          const status = event.data?.documentChanged.document?.status
          if (status === 'READY' || status === 'FAILED') return await load(id)
        }
        throw new Error(`not ready within ${READY_WITHIN_MS / 60_000} minutes`)
      } finally {
        clearTimeout(timer)
      }
    },
    async compareBytes(document: VaultDocument, file: string) {
      if (!document.file) throw new Error('the document has no file')
      const { size } = await stat(file)
      if (document.file.size !== size) throw new Error(`size is ${document.file.size}, not ${size}`)
      const expected = await sha256(createReadStream(file))
      if (document.file.sha256 !== expected) throw new Error('sha256 differs')
      const address = new URL(document.file.download.url, url)
      const whole = await fetch(address)
      if (whole.status !== 200 || !whole.body) throw new Error(`download answered ${whole.status}`)
      if ((await sha256(Readable.fromWeb(whole.body as never))) !== expected) throw new Error('downloaded bytes differ')
      await compareRange(address, file, size)
    },
    async aWordOf(file: string) {
      const text = await extract({ path: file })
      const words = [...new Set(text.match(/\p{L}{5,20}/gu) ?? [])]
      return words.toSorted((a, b) => b.length - a.length)[0] ?? null
    },
    async finds(word: string, id: string) {
      let after: string | null = null
      for (let page = 0; page < 50; page++) {
        const { documents }: { documents: Documents } = await query(SEARCH, { search: word, after })
        if (documents.edges.some(({ node }) => node.id === id)) return true
        if (!documents.pageInfo.hasNextPage) return false
        after = documents.pageInfo.endCursor
      }
      return false
    },
    close: async () => void (await socket.dispose()),
  } as VaultClient
}

interface Upload {
  id: string
  method: string
  url: string
  headers: { name: string; value: string }[]
}

interface Documents {
  edges: { node: { id: string } }[]
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
}

async function post<Data>(
  url: string,
  authorization: string | undefined,
  query: string,
  variables: object,
): Promise<Data> {
  const reply = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
    body: JSON.stringify({ query, variables }),
  })
  const body = (await reply.json()) as { data?: Data; errors?: { message: string }[] }
  if (body.errors || !body.data) throw new Error(body.errors?.[0]?.message ?? `the vault answered ${reply.status}`)
  return body.data
}

async function sha256(stream: Readable): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of stream) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

/** The last bytes alone, by Range. */
async function compareRange(address: URL, file: string, size: number): Promise<void> {
  const start = Math.max(0, size - 1000)
  const part = await fetch(address, { headers: { range: `bytes=${start}-` } })
  if (part.status !== 206) throw new Error(`a range answered ${part.status}`)
  const got = Buffer.from(await part.arrayBuffer())
  const handle = await open(file)
  try {
    const expected = Buffer.alloc(size - start)
    await handle.read(expected, 0, expected.length, start)
    if (!got.equals(expected)) throw new Error('a range differs')
  } finally {
    await handle.close()
  }
}
