import { BackendUnavailable } from '../driver.errors.ts'
import { createHttp, discard, jsonOf, textOf, type Call, type Http, type HttpDeps } from '../http/http.ts'
import { withToken, type TokenSource } from '../http/tokens.ts'
import type { OneDriveConfig } from './onedrive.config.ts'
import { fromOneDrive, SERVICE } from './onedrive.errors.ts'
import { createAddresses } from './onedrive.paths.ts'

export interface DriveItem {
  id: string
  name: string
  size: number
  file?: { hashes?: { quickXorHash?: string; sha256Hash?: string } }
  folder?: object
  '@microsoft.graph.downloadUrl'?: string
}

export interface OneDriveClient {
  http: Http
  addresses: ReturnType<typeof createAddresses>
  /** One try, with a token. Answers of 2xx and of `accepted` are given back, all else is thrown. */
  ask(call: Call, accepted?: readonly number[]): Promise<Response>
  /** Like `ask`, without a token: for the hosts that take and give bytes, whose addresses carry their own right. */
  askUnsigned(call: Call, accepted?: readonly number[], controller?: AbortController): Promise<Response>
  /** With retries, and the answer's object; null for 404. */
  json<T>(call: Call): Promise<T | null>
  /** The file at a path; null when there is none, or a folder. */
  fileAt(path: string, signal?: AbortSignal): Promise<DriveItem | null>
  /** Absent is success. */
  remove(path: string): Promise<void>
}

export function createOneDriveClient(config: OneDriveConfig, tokens: TokenSource, deps: HttpDeps): OneDriveClient {
  const http = createHttp(SERVICE, deps)
  const home = new URL(config.apiBase).origin
  const addresses = createAddresses(config.apiBase, config.root)

  const judged = async (response: Response, accepted: readonly number[]): Promise<Response> => {
    if (response.ok || accepted.includes(response.status)) return response
    throw fromOneDrive(response.status, await textOf(response), http.waitAskedBy(response))
  }

  const client: OneDriveClient = {
    http,
    addresses,
    async ask(call, accepted = []) {
      // Answers name the address of the next page: the token follows it only at home.
      if (new URL(call.url).origin !== home)
        throw new BackendUnavailable('OneDrive points to another host, which is not followed.')
      const send = (token: string) =>
        http.send({ ...call, headers: { ...call.headers, authorization: `Bearer ${token}` } })
      return judged(await withToken(SERVICE, tokens, send), accepted)
    },
    async askUnsigned(call, accepted = [], controller) {
      return judged(await (controller ? http.open(call, controller) : http.send(call)), accepted)
    },
    json<T>(call: Call) {
      return http.retrying(async () => {
        const response = await client.ask(call, [404])
        if (response.status !== 404) return jsonOf<T>(SERVICE, response, call.signal)
        await discard(response)
        return null
      }, call.signal)
    },
    async fileAt(path, signal) {
      const item = await client.json<DriveItem>({ method: 'GET', url: addresses.item(path), signal })
      return item?.file ? item : null
    },
    async remove(path) {
      await http.retrying(async () => discard(await client.ask({ method: 'DELETE', url: addresses.item(path) }, [404])))
    },
  }
  return client
}
