import { BackendUnavailable } from '../driver.errors.ts'
import type { GoogleDriveConfig } from './google-drive.config.ts'
import { fromGoogleDrive, SERVICE } from './google-drive.errors.ts'
import { createHttp, discard, jsonOf, textOf, type Call, type Http, type HttpDeps } from '../http/http.ts'
import { withToken, type TokenSource } from '../http/tokens.ts'

export interface DriveFile {
  id: string
  name: string
  /** Decimal text; absent for folders. */
  size?: string
  sha256Checksum?: string
  trashed?: boolean
  createdTime?: string
}

export const FILE_FIELDS = 'id,name,size,sha256Checksum,trashed,createdTime'

export interface DriveClient {
  http: Http
  /** One try. Answers of 2xx and of `accepted` are given back, all else is thrown. */
  ask(call: Call, accepted?: readonly number[], controller?: AbortController): Promise<Response>
  /** With retries, and the answer's object; null for 404. */
  json<T>(call: Call): Promise<T | null>
  getFile(id: string, signal?: AbortSignal): Promise<DriveFile | null>
  /** For good, past the trash. Absent is success. */
  deleteFile(id: string, signal?: AbortSignal): Promise<void>
  /** An id no file has yet: with it, a creation that is repeated cannot make two files. */
  newId(): Promise<string>
}

const IDS_AT_ONCE = 100

export function createDriveClient(config: GoogleDriveConfig, tokens: TokenSource, deps: HttpDeps): DriveClient {
  const http = createHttp(SERVICE, deps)
  const trusted = new Set([new URL(config.apiBase).origin, new URL(config.uploadBase).origin])
  const ids: string[] = []
  let moreIds: Promise<void> | null = null

  const client: DriveClient = {
    http,
    async ask(call, accepted = [], controller) {
      const send = (headers: Call['headers']) => {
        const full = { ...call, headers: { ...call.headers, ...headers } }
        return controller ? http.open(full, controller) : http.send(full)
      }
      // A session may live on another host, and carries its own right: the token stays at home.
      const response = trusted.has(new URL(call.url).origin)
        ? await withToken(SERVICE, tokens, (token) => send({ authorization: `Bearer ${token}` }))
        : await send({})
      if (response.ok || accepted.includes(response.status)) return response
      throw fromGoogleDrive(response.status, await textOf(response), http.waitAskedBy(response))
    },
    json<T>(call: Call) {
      return http.retrying(async () => {
        const response = await client.ask(call, [404])
        if (response.status !== 404) return jsonOf<T>(SERVICE, response, call.signal)
        await discard(response)
        return null
      }, call.signal)
    },
    getFile: (id, signal) =>
      client.json<DriveFile>({
        method: 'GET',
        url: `${config.apiBase}/files/${encodeURIComponent(id)}?fields=${FILE_FIELDS}`,
        signal,
      }),
    async deleteFile(id, signal) {
      const url = `${config.apiBase}/files/${encodeURIComponent(id)}`
      await http.retrying(async () => discard(await client.ask({ method: 'DELETE', url, signal }, [404])), signal)
    },
    async newId() {
      for (;;) {
        const id = ids.pop()
        if (id !== undefined) return id
        await (moreIds ??= fetchIds().finally(() => (moreIds = null)))
      }
    },
  }

  async function fetchIds(): Promise<void> {
    const url = `${config.apiBase}/files/generateIds?count=${IDS_AT_ONCE}&space=drive&fields=ids`
    const answer = await client.json<{ ids: string[] }>({ method: 'GET', url })
    if (!answer?.ids?.length)
      throw new BackendUnavailable('Google Drive gives out no ids for new files. Try again later.')
    ids.push(...answer.ids)
  }
  return client
}
