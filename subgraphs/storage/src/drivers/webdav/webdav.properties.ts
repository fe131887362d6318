import { text } from 'node:stream/consumers'
import { parseXML, type DAVResultResponse } from 'webdav'
import type { WebdavClient } from './webdav.client.ts'

export interface Entry {
  name: string
  folder: boolean
  /** Bytes; 0 for a folder. */
  size: number
  /** When it was last changed; null when the server does not say. */
  modified: Date | null
}

const QUESTION = `<?xml version="1.0"?><propfind xmlns="DAV:"><prop><resourcetype/><getcontentlength/><getlastmodified/></prop></propfind>`
const QUOTA_QUESTION = `<?xml version="1.0"?><propfind xmlns="DAV:"><prop><quota-available-bytes/></prop></propfind>`

/** What a path is. @throws the client's error, with status 404 when it is absent */
export async function propertiesOf(
  client: WebdavClient,
  segments: readonly string[],
  signal?: AbortSignal,
): Promise<Entry> {
  const [found] = await ask(client, segments, '0', QUESTION, signal)
  if (!found) throw new Error('The server answered without saying anything of the file.')
  return entryOf(found)
}

/** What lies directly in a folder. */
export async function entriesOf(client: WebdavClient, segments: readonly string[]): Promise<Entry[]> {
  const found = await ask(client, [...segments, ''], '1', QUESTION)
  // The folder itself is among them, with the shortest address. Comparing it to what was asked for would fail behind
  // a proxy that shows the server under another path, and then a folder would contain itself without end.
  const lengths = found.map(({ href }) => trimmed(href).length)
  const own = lengths.indexOf(Math.min(...lengths))
  return found.filter((_, index) => index !== own).map(entryOf)
}

/** Bytes that may still be stored in a folder; null when the server does not say. */
export async function quotaOf(
  client: WebdavClient,
  segments: readonly string[],
  signal?: AbortSignal,
): Promise<number | null> {
  const [found] = await ask(client, [...segments, ''], '0', QUOTA_QUESTION, signal)
  const free = propertiesIn(found)?.['quota-available-bytes']
  // Some servers say -1, -2 or -3 for what they do not know, have not counted, or do not limit.
  return typeof free === 'number' && free >= 0 ? Math.floor(free) : null
}

async function ask(
  client: WebdavClient,
  segments: readonly string[],
  depth: '0' | '1',
  question: string,
  signal?: AbortSignal,
): Promise<DAVResultResponse[]> {
  const headers = { depth, 'content-type': 'application/xml', accept: 'application/xml' }
  const answer = await client.request(segments, { method: 'PROPFIND', headers, body: question, signal })
  const { multistatus } = await parseXML(await text(answer.body))
  return multistatus.response
}

/** @throws Error for something the server will not tell about: leaving it out would make it look deleted. */
function entryOf(response: DAVResultResponse): Entry {
  const properties = propertiesIn(response)
  if (!properties) throw new Error(`The server says nothing of ${response.href}.`)
  const { resourcetype, getcontentlength, getlastmodified } = properties
  const modified = typeof getlastmodified === 'string' ? Date.parse(getlastmodified) : Number.NaN
  const path = trimmed(response.href)
  return {
    name: decodeURIComponent(path.slice(path.lastIndexOf('/') + 1)),
    folder: typeof resourcetype === 'object' && resourcetype !== null && 'collection' in resourcetype,
    size: Number(getcontentlength ?? 0),
    modified: Number.isNaN(modified) ? null : new Date(modified),
  }
}

/** What the server knows; null where it refuses, or has no such properties. */
function propertiesIn(response: DAVResultResponse | undefined): Record<string, unknown> | null {
  const { status, prop } = response?.propstat ?? {}
  return prop && status?.includes(' 200') ? prop : null
}

const trimmed = (href: string) => href.replace(/\/+$/, '')
