import { createHash, randomUUID } from 'node:crypto'
import {
  rangedAnswer,
  startEmulator,
  type Answer,
  type EmulatedRequest,
  type Emulator,
} from '../http/emulator-server.ts'

export interface NextcloudEmulatorOptions {
  port?: number
  /** Bytes the account may have. */
  quota?: number
  /** False: the server computes no hashes, as old ones. */
  hashes?: boolean
}

interface ChunkFolder {
  destination: string
  chunks: Map<number, Buffer>
  /** When a chunk last came. */
  touched: number
}

export interface NextcloudEmulator extends Emulator {
  user: { login: string; id: string; appPassword: string }
  /** Files by path, folders as null. */
  tree: Map<string, Buffer | null>
  trash: Buffer[]
  uploads: Map<string, ChunkFolder>
  /** As on its status page. */
  status: { installed: boolean; maintenance: boolean; needsDbUpgrade: boolean }
  capabilities: Record<string, unknown>
  /** All unfinished uploads are removed, as after a day. */
  expireUploads(): void
  /** The next assembly outlives its gateway: 504 at first, then 423 so many times, then it is done. */
  assembleSlowly(lockedFor: number): void
  /** The person allows what waits at the login page. */
  allowLogin(): void
}

const MIB = 1024 * 1024
const FILES = '/remote.php/dav/files/'
const UPLOADS = '/remote.php/dav/uploads/'

class Refusal extends Error {
  readonly answer: Answer
  constructor(status: number, exception: string, message = exception) {
    super(message)
    const body = `<?xml version="1.0" encoding="utf-8"?>\n<d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns">\n <s:exception>${exception}</s:exception>\n <s:message>${message}</s:message>\n</d:error>\n`
    this.answer = { status, headers: { 'content-type': 'application/xml; charset=utf-8' }, body }
  }
}

/** A Nextcloud as far as files, chunked uploads, hashes and logins go, with its refusals. */
export async function startNextcloudEmulator(options: NextcloudEmulatorOptions = {}): Promise<NextcloudEmulator> {
  const user = { login: 'ada@example.org', id: 'ada lovelace', appPassword: 'aaaaa-bbbbb-ccccc' }
  const tree = new Map<string, Buffer | null>([['', null]])
  const times = new Map<string, number>()
  const setFile = tree.set.bind(tree)
  tree.set = (path, bytes) => {
    times.set(path, Date.now())
    return setFile(path, bytes)
  }
  const trash: Buffer[] = []
  const uploads = new Map<string, ChunkFolder>()
  const status = { installed: true, maintenance: false, needsDbUpgrade: false }
  const capabilities: Record<string, unknown> = {
    dav: { chunking: '1.0', bulkupload: '1.0' },
    files: { bigfilechunking: true },
  }
  const logins = new Map<string, boolean>()
  let slow = 0
  let failures = 0
  let assembling: { finish: () => void; left: number } | null = null

  const sizes = () => [...tree.values(), ...trash].reduce((sum, bytes) => sum + (bytes?.length ?? 0), 0)
  const room = () => (options.quota ?? Infinity) - sizes()
  const parentOf = (path: string) => path.split('/').slice(0, -1).join('/')
  const isFolder = (path: string) => tree.get(path) === null

  function authorize({ headers }: EmulatedRequest): void {
    if (failures >= 10) throw new Refusal(429, 'OCP\\Security\\Bruteforce\\MaxDelayReached', 'Too many failed attempts')
    const right = `Basic ${Buffer.from(`${user.login}:${user.appPassword}`).toString('base64')}`
    if (headers.authorization === right) return
    failures++
    throw new Refusal(401, 'Sabre\\DAV\\Exception\\NotAuthenticated', 'Cannot authenticate over ajax calls')
  }

  /** The path below the account's files, of an address or a Destination header. */
  function pathOf(pathname: string): string {
    const path = decodeURIComponent(pathname)
    const base = `${FILES}${user.id}`
    if (path !== base && !path.startsWith(`${base}/`))
      throw new Refusal(404, 'Sabre\\DAV\\Exception\\NotFound', 'Principal not found')
    return path.slice(base.length).replace(/^\/|\/$/g, '')
  }

  function checkName(path: string): void {
    const name = path.split('/').at(-1) ?? ''
    if (name === '.htaccess' || /\.(file)?part$/.test(name))
      throw new Refusal(403, 'OCA\\DAV\\Connector\\Sabre\\Exception\\InvalidPath', 'File name is a reserved word')
  }

  function newPlace({ headers }: EmulatedRequest): { path: string; existed: boolean } {
    if (!headers.destination)
      throw new Refusal(400, 'Sabre\\DAV\\Exception\\BadRequest', 'The destination header was not supplied')
    const url = new URL(headers.destination, 'http://host')
    const path = pathOf(url.pathname)
    checkName(path)
    const existed = tree.has(path)
    if (existed && headers.overwrite === 'F')
      throw new Refusal(412, 'Sabre\\DAV\\Exception\\PreconditionFailed', 'The destination node already exists')
    if (!isFolder(parentOf(path)))
      throw new Refusal(409, 'Sabre\\DAV\\Exception\\Conflict', 'The destination node is not found')
    return { path, existed }
  }

  function describe(path: string): string {
    const bytes = tree.get(path)
    const href = `${FILES}${encodeURIComponent(user.id)}/${path.split('/').map(encodeURIComponent).join('/')}${bytes === null && path ? '/' : ''}`
    const props =
      bytes === null
        ? `<d:resourcetype><d:collection/></d:resourcetype><d:quota-available-bytes>${options.quota === undefined ? -3 : room()}</d:quota-available-bytes>`
        : `<d:resourcetype/><d:getcontentlength>${bytes?.length}</d:getcontentlength>`
    const modified = new Date(times.get(path) ?? 0).toUTCString()
    return `<d:response><d:href>${href}</d:href><d:propstat><d:prop>${props}<d:getlastmodified>${modified}</d:getlastmodified></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>`
  }

  function propfind(path: string, depth: string | undefined): Answer {
    if (depth !== '0' && depth !== '1')
      throw new Refusal(403, 'Sabre\\DAV\\Exception\\Forbidden', 'infinite depth is switched off')
    const below =
      depth === '0' || !isFolder(path) ? [] : [...tree.keys()].filter((one) => one !== '' && parentOf(one) === path)
    const body = `<?xml version="1.0"?>\n<d:multistatus xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns" xmlns:oc="http://owncloud.org/ns" xmlns:nc="http://nextcloud.org/ns">${[path, ...below].map(describe).join('')}</d:multistatus>\n`
    return { status: 207, headers: { 'content-type': 'application/xml; charset=utf-8' }, body }
  }

  function remove(path: string, headers: EmulatedRequest['headers']): void {
    for (const [one, bytes] of [...tree]) {
      if (one !== path && !one.startsWith(`${path}/`)) continue
      tree.delete(one)
      if (bytes && headers['x-nc-skip-trashbin'] !== 'true') trash.push(bytes)
    }
  }

  function files(request: EmulatedRequest): Answer {
    const { method, url, headers, body } = request
    const path = pathOf(url.pathname)
    if (method === 'MKCOL') {
      if (tree.has(path))
        throw new Refusal(
          405,
          'Sabre\\DAV\\Exception\\MethodNotAllowed',
          'The resource you tried to create already exists',
        )
      if (!isFolder(parentOf(path)))
        throw new Refusal(409, 'Sabre\\DAV\\Exception\\Conflict', 'Parent node does not exist')
      tree.set(path, null)
      return { status: 201 }
    }
    if (method === 'PUT') {
      checkName(path)
      if (isFolder(path)) throw new Refusal(409, 'Sabre\\DAV\\Exception\\Conflict', 'PUT is not allowed on non-files')
      if (!isFolder(parentOf(path)))
        throw new Refusal(409, 'Sabre\\DAV\\Exception\\Conflict', 'Files cannot be created in non-existent collections')
      if (body.length > room()) throw new Refusal(507, 'Sabre\\DAV\\Exception\\InsufficientStorage')
      const existed = tree.has(path)
      tree.set(path, body)
      return { status: existed ? 204 : 201 }
    }
    const bytes = tree.get(path)
    if (bytes === undefined && !(method === 'MOVE' || method === 'COPY'))
      throw new Refusal(404, 'Sabre\\DAV\\Exception\\NotFound', `File with name ${path} could not be located`)
    switch (method) {
      case 'PROPFIND':
        return propfind(path, headers.depth)
      case 'GET':
        if (!bytes) throw new Refusal(501, 'Sabre\\DAV\\Exception\\NotImplemented', 'GET is only implemented for files')
        return rangedAnswer(bytes, headers.range, { 'content-type': 'application/octet-stream' })
      case 'DELETE':
        remove(path, headers)
        return { status: 204 }
      case 'PATCH': {
        const type = (headers['x-recalculate-hash'] ?? '').toLowerCase()
        if (!bytes || options.hashes === false || !['md5', 'sha1', 'sha256'].includes(type))
          throw new Refusal(501, 'Sabre\\DAV\\Exception\\NotImplemented')
        return {
          status: 204,
          headers: { 'oc-checksum': `${type.toUpperCase()}:${createHash(type).update(bytes).digest('hex')}` },
        }
      }
      case 'MOVE':
      case 'COPY': {
        const place = newPlace(request)
        if (bytes === undefined) throw new Refusal(404, 'Sabre\\DAV\\Exception\\NotFound')
        if (method === 'COPY' && bytes && bytes.length > room())
          throw new Refusal(507, 'Sabre\\DAV\\Exception\\InsufficientStorage')
        tree.set(place.path, bytes)
        if (method === 'MOVE') tree.delete(path)
        return { status: place.existed ? 204 : 201 }
      }
      default:
        throw new Refusal(501, 'Sabre\\DAV\\Exception\\NotImplemented')
    }
  }

  function chunked(request: EmulatedRequest): Answer {
    const { method, url, headers, body } = request
    const [id = '', name] = decodeURIComponent(url.pathname).slice(`${UPLOADS}${user.id}/`.length).split('/')
    if (method === 'PROPFIND' && !id) return listUploads()
    if (method !== 'DELETE' && !headers.destination)
      throw new Refusal(400, 'Sabre\\DAV\\Exception\\BadRequest', 'the destination header was not passed')
    if (method === 'MKCOL' && !name) {
      if (uploads.has(id)) throw new Refusal(405, 'Sabre\\DAV\\Exception\\MethodNotAllowed')
      uploads.set(id, { destination: headers.destination ?? '', chunks: new Map(), touched: Date.now() })
      return { status: 201 }
    }
    const folder = uploads.get(id)
    if (!folder) throw new Refusal(404, 'Sabre\\DAV\\Exception\\NotFound', `File not found: ${id} in 'uploads'`)
    if (method === 'DELETE' && !name) {
      uploads.delete(id)
      return { status: 204 }
    }
    if (headers.destination !== folder.destination)
      throw new Refusal(412, 'Sabre\\DAV\\Exception\\PreconditionFailed', 'another destination')
    if (method === 'PUT') {
      const number = /^\d{5}$/.test(name ?? '') ? Number(name) : 0
      if (number < 1 || number > 10_000)
        throw new Refusal(
          400,
          'Sabre\\DAV\\Exception\\BadRequest',
          'Invalid chunk name, must be numeric between 1 and 10000',
        )
      if (Number(headers['oc-total-length'] ?? 0) > room())
        throw new Refusal(507, 'Sabre\\DAV\\Exception\\InsufficientStorage')
      folder.chunks.set(number, body)
      folder.touched = Date.now()
      return { status: 201 }
    }
    if (method === 'MOVE' && name === '.file') return assemble(request, id, folder)
    throw new Refusal(405, 'Sabre\\DAV\\Exception\\MethodNotAllowed')
  }

  function listUploads(): Answer {
    const entry = (id: string, touched: number) =>
      `<d:response><d:href>${UPLOADS}${encodeURIComponent(user.id)}/${id && `${id}/`}</d:href><d:propstat><d:prop><d:resourcetype><d:collection/></d:resourcetype><d:getlastmodified>${new Date(touched).toUTCString()}</d:getlastmodified></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>`
    const entries = [...uploads].map(([id, { touched }]) => entry(encodeURIComponent(id), touched))
    const body = `<?xml version="1.0"?>\n<d:multistatus xmlns:d="DAV:">${entry('', 0)}${entries.join('')}</d:multistatus>\n`
    return { status: 207, headers: { 'content-type': 'application/xml; charset=utf-8' }, body }
  }

  function assemble(request: EmulatedRequest, id: string, folder: ChunkFolder): Answer {
    if (assembling) {
      if (assembling.left-- <= 1) assembling.finish()
      throw new Refusal(423, 'OCA\\DAV\\Connector\\Sabre\\Exception\\FileLocked', 'exclusive lock')
    }
    const parts = [...folder.chunks].sort(([a], [b]) => a - b)
    const whole = Buffer.concat(parts.map(([, bytes]) => bytes))
    const announced = request.headers['oc-total-length']
    if (announced === undefined)
      throw new Refusal(400, 'Sabre\\DAV\\Exception\\BadRequest', 'OC-Total-Length is missing')
    if (announced !== String(whole.length)) {
      throw new Refusal(
        400,
        'Sabre\\DAV\\Exception\\BadRequest',
        `Chunks on server do not sum up to ${announced} but to ${whole.length} bytes`,
      )
    }
    if (parts.slice(0, -1).some(([, bytes]) => bytes.length < 5 * MIB))
      throw new Refusal(400, 'EntityTooSmall', 'chunks have 5 MiB at least')
    const { path, existed } = newPlace(request)
    if (whole.length > room()) throw new Refusal(507, 'Sabre\\DAV\\Exception\\InsufficientStorage')
    const finish = () => {
      tree.set(path, whole)
      uploads.delete(id)
      assembling = null
    }
    if (slow > 0) {
      assembling = { finish, left: slow }
      slow = 0
      return { status: 504, body: '<html>504 Gateway Time-out</html>' }
    }
    finish()
    return { status: existed ? 204 : 201 }
  }

  function login({ method, url, body }: EmulatedRequest): Answer {
    const origin = emulator.origins.cloud
    if (method === 'POST' && url.pathname.endsWith('/login/v2')) {
      const token = randomUUID()
      logins.set(token, false)
      return {
        status: 200,
        body: {
          poll: { token, endpoint: `${origin}/index.php/login/v2/poll` },
          login: `${origin}/index.php/login/v2/flow/${randomUUID()}`,
        },
      }
    }
    const token = new URLSearchParams(body.toString()).get('token') ?? ''
    if (!logins.get(token)) return { status: 404, body: [] }
    logins.delete(token)
    return { status: 200, body: { server: origin, loginName: user.login, appPassword: user.appPassword } }
  }

  function ocs({ method, headers, url }: EmulatedRequest): Answer {
    if (headers['ocs-apirequest'] !== 'true') throw new Refusal(412, 'CSRF check failed')
    // The app password that asks for it ends.
    if (method === 'DELETE' && url.pathname.endsWith('/core/apppassword')) user.appPassword = randomUUID()
    const data = url.pathname.endsWith('/cloud/user')
      ? { id: user.id, email: user.login }
      : { version: { major: 31 }, capabilities }
    return { status: 200, body: { ocs: { meta: { status: 'ok', statuscode: 200 }, data } } }
  }

  function route(request: EmulatedRequest): Answer {
    const { pathname } = request.url
    if (pathname === '/status.php')
      return {
        status: 200,
        body: { ...status, version: '31.0.5.1', versionstring: '31.0.5', productname: 'Nextcloud' },
      }
    if (status.maintenance)
      return { status: 503, headers: { 'x-nextcloud-maintenance-mode': '1' }, body: 'System in maintenance mode.' }
    if (pathname.startsWith('/index.php/login/v2')) return login(request)
    if (!/^\/(ocs\/v2\.php|remote\.php\/dav)\//.test(pathname)) return { status: 404, body: 'not here' }
    authorize(request)
    if (pathname.startsWith('/ocs/')) return ocs(request)
    return pathname.startsWith(UPLOADS) ? chunked(request) : files(request)
  }

  const emulator = await startEmulator(
    ['cloud', 'elsewhere'],
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
    user,
    tree,
    trash,
    uploads,
    status,
    capabilities,
    expireUploads: () => uploads.clear(),
    assembleSlowly: (lockedFor: number) => void (slow = lockedFor),
    allowLogin() {
      for (const token of logins.keys()) logins.set(token, true)
    },
  })
}

if (import.meta.main) {
  const { origins, user } = await startNextcloudEmulator({ port: Number(process.argv[2] ?? 8811) })
  process.stdout.write(`${JSON.stringify({ url: origins.cloud, user }, null, 2)}\n`)
}
