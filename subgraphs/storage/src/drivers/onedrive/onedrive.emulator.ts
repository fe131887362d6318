import { createHash, randomUUID } from 'node:crypto'
import {
  rangedAnswer,
  startEmulator,
  type Answer,
  type EmulatedRequest,
  type Emulator,
} from '../http/emulator-server.ts'
import { createOAuthEmulation, FIRST_REFRESH_TOKEN, type OAuthEmulationOptions } from '../http/oauth.emulator.ts'
import { createQuickXorHash } from './quick-xor-hash.ts'

interface Item {
  id: string
  /** As it was written; looked up without regard to capitals. */
  path: string
  /** Null for folders. */
  bytes: Buffer | null
}

interface Session {
  path: string
  total: number | null
  parts: Buffer[]
  received: number
}

export interface OneDriveEmulatorOptions extends Omit<OAuthEmulationOptions, 'issuer' | 'offlineScope'> {
  port?: number
  /** Bytes there is room for. */
  quota?: number
  /** Entries on one page of a listing, whatever is asked for. */
  pageSize?: number
  /** Files have a SHA-256. */
  sha256?: boolean
}

export interface OneDriveEmulator extends Emulator {
  refreshToken: string
  oauth: ReturnType<typeof createOAuthEmulation>
  items: Map<string, Item>
  sessions: Map<string, Session>
  /** All access tokens end now. */
  expireTokens(): void
  /** The person withdrew the consent. */
  revoke(): void
  /** All upload sessions end now. */
  expireSessions(): void
  /** All download addresses end now. */
  expireDownloads(): void
}

const KIB_320 = 320 * 1024
const APP = '/v1.0/me/drive/special/approot'

class Refusal extends Error {
  readonly answer: Answer
  constructor(status: number, code: string, message = code) {
    super(message)
    this.answer = { status, body: { error: { code, message, innerError: { 'request-id': randomUUID() } } } }
  }
}

/** A OneDrive behind Microsoft Graph, as far as files, upload sessions and tokens go, with its refusals. */
export async function startOneDriveEmulator(options: OneDriveEmulatorOptions = {}): Promise<OneDriveEmulator> {
  const { pageSize = 200 } = options
  const issuer = 'https://login.microsoftonline.com/common/v2.0'
  const oauth = createOAuthEmulation({ ...options, issuer, offlineScope: 'offline_access' })
  const items = new Map<string, Item>()
  const sessions = new Map<string, Session>()
  const downloads = new Map<string, string>()

  const used = () => [...items.values()].reduce((sum, { bytes }) => sum + (bytes?.length ?? 0), 0)
  const room = () => (options.quota ?? 2 ** 40) - used()
  const at = (path: string) => items.get(path.toLowerCase())

  /** `:/a/b:/part`, `:/a/b`, `/part` or nothing, after the application's folder. */
  function parse(pathname: string): { path: string; part: string } {
    const [, encoded = '', part = '', plain = ''] =
      /^(?::\/([^:]*)(?::\/(\w+)|:?))?(?:\/(\w+))?$/.exec(pathname.slice(APP.length)) ?? []
    if (!pathname.startsWith(APP)) throw new Refusal(400, 'BadRequest', 'Resource not found for the segment')
    const path = encoded.split('/').map(decodeURIComponent).join('/')
    for (const name of path.split('/')) {
      const refused =
        /["*:<>?\\|#%]|^~|^\.lock$|^(con|prn|aux|nul|com\d|lpt\d)$|_vti_|\.$|^ | $/i.test(name) || name.length > 255
      if (refused)
        throw new Refusal(400, 'invalidRequest', 'The resource name contains characters that are not allowed')
    }
    if (path.length > 400) throw new Refusal(400, 'invalidRequest', 'pathIsTooLong')
    return { path, part: part || plain }
  }

  function add(path: string, bytes: Buffer): Item {
    if (at(path))
      throw new Refusal(409, 'nameAlreadyExists', 'An item with the same name already exists under the parent')
    if (bytes.length > room()) throw new Refusal(507, 'quotaLimitReached', 'Insufficient space')
    const names = path.split('/')
    for (let depth = 1; depth < names.length; depth++) {
      const folder = names.slice(0, depth).join('/')
      if (!at(folder)) items.set(folder.toLowerCase(), { id: randomUUID(), path: folder, bytes: null })
      if (at(folder)?.bytes) throw new Refusal(409, 'nameAlreadyExists', 'a file is in the way')
    }
    // A business account writes its properties into Office files.
    const kept = /\.(docx|xlsx|pptx)$/i.test(path) ? Buffer.concat([bytes, Buffer.from('<properties/>')]) : bytes
    const item = { id: randomUUID(), path, bytes: kept }
    items.set(path.toLowerCase(), item)
    return item
  }

  function resource({ id, path, bytes }: Item): Record<string, unknown> {
    const common = { id, name: path.split('/').at(-1), size: bytes?.length ?? 0 }
    if (!bytes) return { ...common, folder: { childCount: 1 } }
    const quick = createQuickXorHash()
    quick.update(bytes)
    const sha256 = options.sha256 ? { sha256Hash: createHash('sha256').update(bytes).digest('hex').toUpperCase() } : {}
    const address = randomUUID()
    downloads.set(address, path.toLowerCase())
    return {
      ...common,
      file: { mimeType: 'application/octet-stream', hashes: { quickXorHash: quick.digest(), ...sha256 } },
      '@microsoft.graph.downloadUrl': `${emulator.origins.files}/download/${address}?tempauth=${address}`,
    }
  }

  function children({ url }: EmulatedRequest, path: string): Answer {
    if (path !== '' && at(path)?.bytes !== null) throw new Refusal(404, 'itemNotFound')
    const base = path === '' ? '' : `${path.toLowerCase()}/`
    const found = [...items]
      .filter(([one]) => one.startsWith(base) && one !== base && !one.slice(base.length).includes('/'))
      .map(([, item]) => item)
    const from = Number(url.searchParams.get('$skiptoken') ?? 0)
    const size = Math.min(pageSize, Number(url.searchParams.get('$top') ?? 200))
    const next = new URL(url)
    next.searchParams.set('$skiptoken', String(from + size))
    const more = from + size < found.length ? { '@odata.nextLink': next.href } : {}
    return { status: 200, body: { value: found.slice(from, from + size).map(resource), ...more } }
  }

  function graph(request: EmulatedRequest): Answer {
    const { method, url, body } = request
    if (!oauth.admits(request))
      throw new Refusal(401, 'InvalidAuthenticationToken', 'Access token has expired or is not yet valid.')
    if (url.pathname === '/v1.0/me/drive') {
      const quota = {
        total: options.quota ?? 2 ** 40,
        used: used(),
        remaining: room(),
        state: room() > 0 ? 'normal' : 'exceeded',
      }
      return { status: 200, body: { quota } }
    }
    const { path, part } = parse(url.pathname)
    if (part === 'children') return children(request, path)
    if (part === 'createUploadSession' && method === 'POST') {
      const { item } = JSON.parse(body.toString() || '{}') as { item?: Record<string, string> }
      if (item?.['@microsoft.graph.conflictBehavior'] !== 'fail')
        throw new Refusal(400, 'invalidRequest', 'this emulator wants conflictBehavior fail')
      if (at(path)) throw new Refusal(409, 'nameAlreadyExists')
      const id = randomUUID()
      sessions.set(id, { path, total: null, parts: [], received: 0 })
      return {
        status: 200,
        body: {
          uploadUrl: `${emulator.origins.files}/up/${id}`,
          expirationDateTime: new Date(Date.now() + 864e5).toISOString(),
        },
      }
    }
    if (part === 'content' && method === 'PUT') {
      if (url.searchParams.get('@microsoft.graph.conflictBehavior') !== 'fail') items.delete(path.toLowerCase())
      return { status: 201, body: resource(add(path, body)) }
    }
    if (path === '' && part === '') return { status: 200, body: { id: 'approot', name: 'Archivolt', folder: {} } }
    const item = at(path)
    if (!item) throw new Refusal(404, 'itemNotFound', 'The resource could not be found.')
    if (method === 'GET' && part === '') return { status: 200, body: resource(item) }
    if (method === 'DELETE' && part === '') {
      for (const one of [...items.keys()])
        if (one === path.toLowerCase() || one.startsWith(`${path.toLowerCase()}/`)) items.delete(one)
      return { status: 204 }
    }
    throw new Refusal(400, 'BadRequest')
  }

  function files({ method, url, headers, body }: EmulatedRequest): Answer {
    if (headers.authorization !== undefined) throw new Refusal(401, 'unauthenticated', 'no token belongs here')
    const [, kind, id = ''] = url.pathname.split('/')
    if (kind === 'download') {
      const bytes = items.get(downloads.get(id) ?? '')?.bytes
      if (!bytes) throw new Refusal(404, 'itemNotFound')
      return rangedAnswer(bytes, headers.range)
    }
    const session = sessions.get(id)
    if (kind !== 'up' || !session) throw new Refusal(404, 'itemNotFound', 'The upload session was not found')
    const standing = {
      expirationDateTime: new Date(Date.now() + 864e5).toISOString(),
      nextExpectedRanges: [`${session.received}-`],
    }
    if (method === 'GET') return { status: 200, body: standing }
    if (method === 'DELETE') {
      sessions.delete(id)
      return { status: 204 }
    }
    const [, first, last, whole] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers['content-range'] ?? '') ?? []
    if (first === undefined) throw new Refusal(400, 'invalidRequest', 'Invalid Content-Range header value')
    const [start, end, total] = [Number(first), Number(last), Number(whole)]
    if (end - start + 1 !== body.length || body.length === 0 || end >= total)
      throw new Refusal(400, 'invalidRequest', 'Declared fragment length does not match')
    if (body.length >= 60 * 1024 * 1024) throw new Refusal(413, 'invalidRequest', 'fragments are below 60 MiB')
    if ((session.total ??= total) !== total) throw new Refusal(400, 'invalidRequest', 'another file size than before')
    if (start !== session.received)
      throw new Refusal(416, 'invalidRange', 'Optimistic concurrency failure during fragmented upload')
    if (end + 1 !== total && body.length % KIB_320 !== 0)
      throw new Refusal(400, 'invalidRequest', 'fragments are multiples of 320 KiB')
    if (end + 1 < total) {
      session.parts.push(body)
      session.received = end + 1
      return { status: 202, body: { ...standing, nextExpectedRanges: [`${session.received}-`] } }
    }
    // A refusal here keeps the session, as it was before this fragment.
    const item = add(session.path, Buffer.concat([...session.parts, body]))
    sessions.delete(id)
    return { status: 201, body: resource(item) }
  }

  const login = (request: EmulatedRequest): Answer =>
    request.url.pathname.endsWith('/authorize') ? oauth.authorize(request) : oauth.token(request)
  const hosts: Record<string, (request: EmulatedRequest) => Answer> = { graph, files, login }
  const emulator = await startEmulator(
    Object.keys(hosts),
    (request) => {
      try {
        return hosts[request.host]?.(request) ?? { status: 404 }
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
    items,
    sessions,
    expireTokens: oauth.expireTokens,
    revoke: oauth.revoke,
    expireSessions: () => sessions.clear(),
    expireDownloads: () => downloads.clear(),
  })
}

if (import.meta.main) {
  const { origins, refreshToken } = await startOneDriveEmulator({
    port: Number(process.argv[2] ?? 8821),
    redirectUris: ['http://localhost:4000/api/cloud/onedrive/callback'],
  })
  process.stdout.write(`${JSON.stringify({ origins, refreshToken }, null, 2)}\n`)
}
