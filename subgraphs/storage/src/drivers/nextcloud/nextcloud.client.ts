import { BackendUnavailable, DriverError } from '../driver.errors.ts'
import { createHttp, discard, encodePath, textOf, type Call, type Http, type HttpDeps } from '../http/http.ts'
import { createRetrier, Transient, type Pace, type Retrier } from '../http/retry.ts'
import { readMultistatus, type Resource } from './multistatus.ts'
import type { NextcloudConfig } from './nextcloud.config.ts'
import { fromNextcloud, SERVICE } from './nextcloud.errors.ts'

/** Where everything of one account lies. */
export interface Addresses {
  /** Of a file or folder below the vault's own folder; of that folder itself for ''. */
  file(path: string): string
  /** Of the chunks of one upload. */
  upload(id: string): string
  /** Of the account's own folder, which always exists. */
  home: string
  /** Of the folders around the vault's folder, from the outermost. */
  above: readonly string[]
  /** What a listing puts before a path below the vault's folder. */
  prefix: string
}

export interface NextcloudDeps extends HttpDeps {
  /** For assembling large uploads. */
  patientPace?: Partial<Pace>
}

export interface NextcloudClient {
  http: Http
  addresses(): Promise<Addresses>
  /** One try. Answers of 2xx and of `accepted` are given back, all else is thrown. */
  ask(call: Call, accepted?: readonly number[], controller?: AbortController): Promise<Response>
  /** With retries; gives the status. */
  tell(call: Call, accepted?: readonly number[]): Promise<number>
  /** For what the service may finish long after a gateway gave up on it. */
  patiently: Retrier
  /** What lies at an address, and with depth 1 what lies in it; null when nothing does. */
  look(url: string, depth: 0 | 1, signal?: AbortSignal): Promise<AsyncGenerator<Resource> | null>
  /** Size of a file; null when there is none. */
  sizeOf(url: string, signal?: AbortSignal): Promise<number | null>
}

const WANTED =
  '<?xml version="1.0"?><d:propfind xmlns:d="DAV:"><d:prop><d:resourcetype/><d:getcontentlength/><d:getlastmodified/><d:quota-available-bytes/></d:prop></d:propfind>'

export function createNextcloudClient(config: NextcloudConfig, deps: NextcloudDeps): NextcloudClient {
  const http = createHttp(SERVICE, deps)
  const credentials = `Basic ${Buffer.from(`${config.username}:${config.appPassword}`).toString('base64')}`
  const ownHost = new URL(config.url).origin
  let known: Promise<Addresses> | null = null

  const client: NextcloudClient = {
    http,
    async ask(call, accepted = [], controller) {
      if (new URL(call.url).origin !== ownHost)
        throw new BackendUnavailable('Nextcloud points to another host, which is not followed.')
      const full = { ...call, headers: { ...call.headers, authorization: credentials } }
      const response = controller ? await http.open(full, controller) : await http.send(full)
      if (response.ok || accepted.includes(response.status)) return response
      throw fromNextcloud(response, await textOf(response), http.waitAskedBy(response))
    },
    tell: (call, accepted) =>
      http.retrying(async () => {
        const response = await client.ask(call, accepted)
        await discard(response)
        return response.status
      }, call.signal),
    // A large file may take the service an hour; until then it answers 423.
    patiently: createRetrier(
      { attempts: 60, baseMs: 1000, maxMs: 60_000, patienceMs: 120_000, ...deps.patientPace },
      http.clockwork,
    ),
    addresses: () =>
      (known ??= findAddresses().catch((error: unknown) => {
        known = null
        throw error
      })),
    async look(url, depth, signal) {
      const response = await http.retrying(() => client.ask(propfind(url, depth, signal), [404]), signal)
      if (response.status !== 404) return readable(response, signal)
      await discard(response)
      return null
    },
    sizeOf: (url, signal) =>
      http.retrying(async () => {
        const response = await client.ask(propfind(url, 0, signal), [404])
        if (response.status === 404) await discard(response)
        else for await (const { isFolder, size } of readable(response, signal)) return isFolder ? null : size
        return null
      }, signal),
  }

  /** People may sign in with an address that is not the name of their folder. */
  async function findAddresses(): Promise<Addresses> {
    const call = {
      method: 'GET',
      url: `${config.url}/ocs/v2.php/cloud/user?format=json`,
      headers: { 'ocs-apirequest': 'true' },
    }
    const response = await http.retrying(() => client.ask(call, [404]))
    const id = await response.json().then(
      (answer: unknown) => (answer as { ocs?: { data?: { id?: string } } }).ocs?.data?.id,
      () => undefined,
    )
    const user = encodeURIComponent(id ?? config.username)
    const home = `${config.url}/remote.php/dav/files/${user}`
    const below = (path: string) => [home, encodePath(path)].filter(Boolean).join('/')
    const around = config.root.split('/').slice(0, -1)
    return {
      file: (path) => below(`${config.root}/${path}`),
      home,
      above: around.map((_, index) => below(around.slice(0, index + 1).join('/'))),
      upload: (id) => `${config.url}/remote.php/dav/uploads/${user}/${encodeURIComponent(id)}`,
      prefix: decodeURIComponent(new URL(below(config.root)).pathname),
    }
  }
  return client
}

const propfind = (url: string, depth: 0 | 1, signal?: AbortSignal): Call => ({
  method: 'PROPFIND',
  url,
  headers: { depth: String(depth), 'content-type': 'application/xml; charset=utf-8' },
  body: WANTED,
  long: depth > 0,
  signal,
})

async function* readable(response: Response, signal?: AbortSignal): AsyncGenerator<Resource> {
  try {
    yield* readMultistatus((response.body ?? []) as AsyncIterable<Uint8Array>)
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof DriverError) throw error
    throw new Transient(
      new BackendUnavailable('Nextcloud gave a listing that cannot be read. Try again later.', { cause: error }),
    )
  }
}
