import { createHash, randomUUID } from 'node:crypto'
import {
  rangedAnswer,
  startEmulator,
  type Answer,
  type EmulatedRequest,
  type Emulator,
} from '../http/emulator-server.ts'
import { createOAuthEmulation, FIRST_REFRESH_TOKEN, type OAuthEmulationOptions } from '../http/oauth.emulator.ts'

interface StoredFile {
  id: string
  name: string
  mimeType: string
  parents: string[]
  appProperties: Record<string, string>
  bytes: Buffer | null
  createdTime: string
  trashed: boolean
  /** Searches made so far when it appeared, and when it was deleted. */
  bornAt: number
  diedAt: number | null
}

interface Session {
  metadata: Partial<StoredFile> & { id: string }
  length: number | null
  parts: Buffer[]
  received: number
  done: StoredFile | null
}

export interface GoogleDriveEmulatorOptions extends Omit<OAuthEmulationOptions, 'issuer' | 'offlineScope'> {
  port?: number
  /** Searches that do not know yet of a change. */
  listDelay?: number
  /** Most files on one page, whatever is asked for. */
  pageSize?: number
  /** Bytes there is room for. */
  quota?: number
  /** False: files have no checksums. */
  checksums?: boolean
}

export interface GoogleDriveEmulator extends Emulator {
  refreshToken: string
  oauth: ReturnType<typeof createOAuthEmulation>
  files: Map<string, StoredFile>
  /** All access tokens end now. */
  expireTokens(): void
  /** The person withdrew the consent. */
  revoke(): void
  /** All upload sessions are forgotten. */
  expireSessions(): void
  /** The next chunk is kept in part only. */
  keepHalf(): void
  /** What was kept of unfinished uploads changes, as in a failing memory. */
  damage(): void
}

const KIB_256 = 256 * 1024
const FOLDER = 'application/vnd.google-apps.folder'

class Refusal extends Error {
  readonly answer: Answer
  constructor(status: number, reason: string, message = reason) {
    super(message)
    const error = { code: status, message, errors: [{ domain: 'global', reason, message }] }
    this.answer = { status, body: { error } }
  }
}

/** Google Drive v3 as far as files, resumable uploads, searches and tokens go, with its refusals. */
export async function startGoogleDriveEmulator(options: GoogleDriveEmulatorOptions = {}): Promise<GoogleDriveEmulator> {
  const { listDelay = 0, pageSize = 1000, checksums = true } = options
  const oauth = createOAuthEmulation({ ...options, issuer: 'https://accounts.google.com' })
  const files = new Map<string, StoredFile>()
  const dead: StoredFile[] = []
  const sessions = new Map<string, Session>()
  const issued = new Set<string>()
  let searches = 0
  let halves = 0

  const used = () => [...files.values()].reduce((sum, file) => sum + (file.bytes?.length ?? 0), 0)
  const room = () => (options.quota ?? Infinity) - used()

  function accounts(request: EmulatedRequest): Answer {
    if (request.url.pathname.endsWith('/auth')) return oauth.authorize(request)
    return request.url.pathname.endsWith('/revoke') ? oauth.revocation(request) : oauth.token(request)
  }

  function addFile(metadata: Session['metadata'], bytes: Buffer | null): StoredFile {
    if (bytes && bytes.length > room()) throw new Refusal(403, 'storageQuotaExceeded')
    const file: StoredFile = {
      id: metadata.id,
      name: metadata.name ?? 'Untitled',
      mimeType: metadata.mimeType ?? 'application/octet-stream',
      parents: metadata.parents ?? ['root'],
      appProperties: metadata.appProperties ?? {},
      bytes,
      createdTime: new Date(Date.now() + files.size).toISOString(),
      trashed: false,
      bornAt: searches,
      diedAt: null,
    }
    files.set(file.id, file)
    return file
  }

  function checkMetadata(body: Buffer): Session['metadata'] {
    const metadata = JSON.parse(body.toString()) as Partial<StoredFile>
    for (const [name, value] of Object.entries(metadata.appProperties ?? {})) {
      if (Buffer.byteLength(name + value) > 124) throw new Refusal(400, 'propertyTooLarge')
    }
    if (metadata.id !== undefined && files.has(metadata.id)) throw new Refusal(409, 'fileIdInUse')
    if (metadata.id !== undefined && !issued.has(metadata.id))
      throw new Refusal(400, 'invalid', 'The provided file ID is not usable.')
    if (metadata.parents?.some((parent) => !files.has(parent))) throw new Refusal(404, 'notFound')
    return { ...metadata, id: metadata.id ?? randomUUID() }
  }

  function resource(file: StoredFile, fields: string | null): Record<string, unknown> {
    const { bytes, createdTime, trashed } = file
    const all: Record<string, unknown> = {
      kind: 'drive#file',
      id: file.id,
      name: file.name,
      mimeType: file.mimeType,
      trashed,
      createdTime,
    }
    if (bytes) all.size = String(bytes.length)
    if (bytes && checksums) {
      all.sha256Checksum = createHash('sha256').update(bytes).digest('hex')
      all.md5Checksum = createHash('md5').update(bytes).digest('hex')
    }
    const wanted = (fields ?? 'kind,id,name,mimeType').split(',')
    return Object.fromEntries(Object.entries(all).filter(([name]) => wanted.includes(name)))
  }

  /** The few terms drivers use; anything else is refused, as a mistyped one would be. */
  function matcher(q: string): (file: StoredFile) => boolean {
    const terms =
      q.match(/appProperties has \{[^}]*\}|'(?:\\.|[^'])*' in parents|\w+ = (?:'(?:\\.|[^'])*'|true|false)/g) ?? []
    if (terms.join(' and ') !== q) throw new Refusal(400, 'invalid', 'Invalid Value')
    const tests = terms.map((term): ((file: StoredFile) => boolean) => {
      const [, name = '', value = ''] = /key='([^']*)' and value='([^']*)'/.exec(term) ?? []
      if (name) return (file) => file.appProperties[name] === value
      const text = /'((?:\\.|[^'])*)'/.exec(term)?.[1]?.replace(/\\(.)/g, '$1') ?? ''
      if (term.endsWith('in parents')) return (file) => file.parents.includes(text)
      if (term.startsWith('trashed')) return (file) => String(file.trashed) === term.split(' = ')[1]
      if (term.startsWith('mimeType')) return (file) => file.mimeType === text
      if (term.startsWith('name')) return (file) => file.name === text
      throw new Refusal(400, 'invalid', 'Invalid Value')
    })
    return (file) => tests.every((test) => test(file))
  }

  function search({ url }: EmulatedRequest): Answer {
    const query = url.searchParams
    const from = Number(query.get('pageToken') ?? 0)
    // Later pages belong to the search that began them.
    if (from === 0) searches++
    const fields = /files\(([^)]*)\)/.exec(query.get('fields') ?? '')?.[1] ?? null
    const visible = [...files.values(), ...dead].filter((file) =>
      file.diedAt === null
        ? searches > file.bornAt + listDelay
        : searches <= file.diedAt + listDelay && searches > file.bornAt + listDelay,
    )
    const found = visible.filter(matcher(query.get('q') ?? ''))
    const size = Math.min(pageSize, Number(query.get('pageSize') ?? 100))
    const page = found.slice(from, from + size).map((file) => resource(file, fields))
    const more = from + size < found.length ? { nextPageToken: String(from + size) } : {}
    return { status: 200, body: { files: page, ...more } }
  }

  function begin({ url, headers, body }: EmulatedRequest): Answer {
    if (url.searchParams.get('uploadType') !== 'resumable')
      throw new Refusal(400, 'badRequest', 'only resumable uploads here')
    const declared = headers['x-upload-content-length']
    const length = declared === undefined ? null : Number(declared)
    if (length !== null && length > room()) throw new Refusal(403, 'storageQuotaExceeded')
    const id = randomUUID()
    sessions.set(id, { metadata: checkMetadata(body), length, parts: [], received: 0, done: null })
    const location = `${emulator.origins.upload}/upload/drive/v3/files?uploadType=resumable&fields=${url.searchParams.get('fields') ?? ''}&upload_id=${id}`
    return { status: 200, headers: { location } }
  }

  function chunk({ method, url, headers, body }: EmulatedRequest): Answer {
    const id = url.searchParams.get('upload_id') ?? ''
    const session = sessions.get(id)
    if (!session) return { status: 410, body: 'Gone' }
    if (method === 'DELETE') {
      sessions.delete(id)
      return { status: 499 }
    }
    const [, first, last, total] = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/.exec(headers['content-range'] ?? '') ?? []
    if (total === undefined) throw new Refusal(400, 'badRequest', 'Failed to parse Content-Range header.')
    const size = total === '*' ? null : Number(total)
    if (size !== null && session.length !== null && size !== session.length)
      throw new Refusal(400, 'badRequest', 'another length than announced')
    if (session.done) return finished(session, url)
    if (first !== undefined) {
      const [start, end] = [Number(first), Number(last)]
      if (end - start + 1 !== body.length)
        throw new Refusal(400, 'badRequest', 'Content-Range and Content-Length differ')
      if (start !== session.received) throw new Refusal(400, 'badRequest', `expected byte ${session.received}`)
      if (size !== end + 1 && body.length % KIB_256 !== 0)
        throw new Refusal(400, 'badRequest', 'chunks are multiples of 256 KiB')
      const kept = halves > 0 && halves-- ? body.subarray(0, Math.floor(body.length / 2 / KIB_256) * KIB_256) : body
      session.parts.push(Buffer.from(kept))
      session.received += kept.length
    } else if (body.length > 0) {
      throw new Refusal(400, 'badRequest', 'a question has no body')
    }
    if (size === null || session.received < size) return standing(session)
    session.done = addFile(session.metadata, Buffer.concat(session.parts))
    session.parts = []
    return finished(session, url)
  }

  const standing = ({ received }: Session): Answer => ({
    status: 308,
    headers: received > 0 ? { range: `bytes=0-${received - 1}` } : {},
  })
  const finished = (session: Session, url: URL): Answer => ({
    status: 200,
    body: resource(session.done as StoredFile, url.searchParams.get('fields')),
  })

  function one({ method, url, headers, body }: EmulatedRequest, id: string, action: string | undefined): Answer {
    const file = files.get(id)
    if (!file) throw new Refusal(404, 'notFound', `File not found: ${id}.`)
    if (action === 'copy') {
      const metadata = checkMetadata(body)
      return {
        status: 200,
        body: resource(
          addFile({ ...file, ...metadata }, Buffer.from(file.bytes ?? '')),
          url.searchParams.get('fields'),
        ),
      }
    }
    if (method === 'DELETE') {
      files.delete(id)
      dead.push({ ...file, diedAt: searches })
      return { status: 204 }
    }
    if (url.searchParams.get('alt') !== 'media')
      return { status: 200, body: resource(file, url.searchParams.get('fields')) }
    if (!file.bytes) throw new Refusal(403, 'fileNotDownloadable')
    return rangedAnswer(file.bytes, headers.range, { 'content-type': file.mimeType })
  }

  function create({ url, body }: EmulatedRequest): Answer {
    const metadata = checkMetadata(body)
    return {
      status: 200,
      body: resource(
        addFile(metadata, metadata.mimeType === FOLDER ? null : Buffer.alloc(0)),
        url.searchParams.get('fields'),
      ),
    }
  }

  function route(request: EmulatedRequest): Answer {
    const { method, url, host } = request
    if (host === 'oauth') return accounts(request)
    if (!oauth.admits(request)) throw new Refusal(401, 'authError', 'Invalid Credentials')
    if (host === 'upload') return method === 'POST' ? begin(request) : chunk(request)
    const [, path = ''] = /^\/drive\/v3(\/.*)$/.exec(url.pathname) ?? []
    if (path === '/about') {
      if (!url.searchParams.get('fields')) throw new Refusal(400, 'required', 'The fields parameter is required.')
      const limit = options.quota === undefined ? {} : { limit: String(options.quota) }
      return {
        status: 200,
        body: { storageQuota: { ...limit, usage: String(used()) }, user: { emailAddress: 'ada@example.org' } },
      }
    }
    if (path === '/files/generateIds') {
      const ids = Array.from({ length: Number(url.searchParams.get('count') ?? 10) }, () => randomUUID())
      for (const id of ids) issued.add(id)
      return { status: 200, body: { ids } }
    }
    if (path === '/files') return method === 'POST' ? create(request) : search(request)
    const [, id = '', action] = /^\/files\/([^/]+)(?:\/(copy))?$/.exec(path) ?? []
    return one(request, decodeURIComponent(id), action)
  }

  const emulator = await startEmulator(
    ['api', 'upload', 'oauth'],
    (request) => {
      try {
        return route(request)
      } catch (error) {
        if (error instanceof Refusal) return error.answer
        throw error
      }
    },
    options.port,
  )
  return Object.assign(emulator, {
    refreshToken: FIRST_REFRESH_TOKEN,
    oauth,
    files,
    expireTokens: oauth.expireTokens,
    revoke: oauth.revoke,
    expireSessions: () => sessions.clear(),
    keepHalf: () => void halves++,
    damage() {
      for (const { parts } of sessions.values()) parts[0]?.fill(0, 0, 100)
    },
  })
}

if (import.meta.main) {
  const { origins, refreshToken } = await startGoogleDriveEmulator({
    port: Number(process.argv[2] ?? 8801),
    redirectUris: ['http://localhost:4000/api/cloud/google-drive/callback'],
  })
  process.stdout.write(`${JSON.stringify({ origins, refreshToken }, null, 2)}\n`)
}
