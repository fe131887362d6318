import type { Person } from '../../e2e/src/api.ts'
import { startRealS3, type RealS3 } from '../../scripts/real/s3.ts'
import { startRealWebdav, type RealWebdav } from '../../scripts/real/webdav.ts'
import type { CurlOptions } from './curl.ts'
import { startPlainServer, type PlainServer } from './plain-peer.ts'

/** Where bytes can live, and how curl alone would bring them there. */
export interface Place {
  name: string
  /** Makes it the place of new files. */
  choose(): Promise<void>
  peer: {
    /** How curl is pointed at a file of its own, by name. */
    urlOf(name: string): string
    options: Pick<CurlOptions, 'headers' | 'options'>
  }
}

/** What runs beside the vault. */
export interface Servers {
  plain?: PlainServer
  s3?: RealS3
  webdav?: RealWebdav
  /** What the vault has to be told of them. */
  environment: Record<string, string>
  stop(): Promise<void>
}

const ADD = `mutation ($input: AddStorageBackendInput!) { addStorageBackend(input: $input) {
  ... on AddStorageBackendSuccess { backend { id } } ... on Error { code message } } }`
const CONFIGURE = `mutation ($input: ConfigureStorageInput!) { configureStorage(input: $input) { __typename ... on Error { code message } } }`
const CONFIG = '{ storageConfig { current { id } } }'
const DRIVERS = '{ __type(name: "StorageDriver") { enumValues { name } } }'

/** Starts what the wanted places, among `local`, `s3` and `webdav`, need. */
export async function startServers(wanted: readonly string[]): Promise<Servers> {
  const servers: Servers = {
    // Servers on loopback are reached by a vault that is told so, and clients are sent there.
    environment: { ALLOWED_NETWORKS: '127.0.0.0/8' },
    stop: async () => {
      for (const server of [servers.plain, servers.s3, servers.webdav]) await server?.stop()
    },
  }
  try {
    if (wanted.includes('local')) servers.plain = await startPlainServer()
    if (wanted.includes('webdav')) servers.webdav = await startRealWebdav()
    if (wanted.includes('s3')) {
      servers.s3 = await startRealS3()
      servers.environment.BYTE_ORIGINS = new URL(servers.s3.config.endpoint).origin
    }
    return servers
  } catch (error) {
    await servers.stop()
    throw error
  }
}

/** Adds the places on these servers to a vault. @param admin of the vault */
export async function addPlaces(admin: Person, servers: Servers): Promise<{ places: Place[]; missing: string[] }> {
  const places: Place[] = []
  const missing: string[] = []
  const add: Add = async (name, driver, config, peer) => {
    const { addStorageBackend } = await admin.ask(ADD, { input: { name, driver, config } })
    if (!addStorageBackend.backend) throw new Error(`${name}: ${addStorageBackend.code} ${addStorageBackend.message}`)
    places.push({ name, choose: () => choose(admin, addStorageBackend.backend.id), peer })
  }
  if (servers.plain) {
    const { id } = (await admin.ask(CONFIG)).storageConfig.current
    places.push({
      name: 'local disk',
      choose: () => choose(admin, id),
      peer: { urlOf: servers.plain.urlOf, options: {} },
    })
  }
  if (servers.s3) await addS3(add, servers.s3)
  if (servers.webdav) {
    const drivers = (await admin.ask(DRIVERS)).__type.enumValues as { name: string }[]
    if (drivers.some(({ name }) => name === 'WEBDAV')) await addWebdav(add, servers.webdav)
    else missing.push('WebDAV')
  }
  return { places, missing }
}

type Add = (name: string, driver: string, config: object, peer: Place['peer']) => Promise<void>

async function choose(admin: Person, backendId: string): Promise<void> {
  const { configureStorage } = await admin.ask(CONFIGURE, { input: { backendId } })
  if (configureStorage.code) throw new Error(`${configureStorage.code} ${configureStorage.message}`)
}

/** One server, two buckets: one behind storage's own door, one that clients reach by themselves. */
async function addS3(add: Add, server: RealS3): Promise<void> {
  await server.createBucket('direct')
  await server.createBucket('peer')
  const { endpoint, region, accessKey, secretKey } = server.config
  const peer = {
    urlOf: (name: string) => `${endpoint}/peer/${name}`,
    options: {
      // curl would sign a hash of nothing for what it reads from a file.
      headers: ['x-amz-content-sha256: UNSIGNED-PAYLOAD'],
      options: { 'aws-sigv4': `aws:amz:${region}:s3`, user: `${accessKey}:${secretKey}` },
    },
  }
  const { config } = server
  await add('S3 through storage', 'S3', { s3: config }, peer)
  await add('S3 directly', 'S3', { s3: { ...config, bucket: 'direct', publicEndpoint: endpoint } }, peer)
}

async function addWebdav(add: Add, server: RealWebdav): Promise<void> {
  const { url, username, password } = server.config
  await add(
    'WebDAV',
    'WEBDAV',
    { webdav: { ...server.config, root: 'vault' } },
    {
      urlOf: (name) => `${url}${name}`,
      options: { options: { user: `${username}:${password}` } },
    },
  )
}
