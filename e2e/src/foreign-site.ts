import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ForeignSite {
  url: string
  /** The paths, besides its one page, that anybody has asked it for. */
  beacons: string[]
  stop(): Promise<void>
}

/** A site that has nothing to do with the vault, on a port and a host name of its own. */
export async function startForeignSite(): Promise<ForeignSite> {
  const beacons: string[] = []
  const server = createServer((request, response) => {
    const asked = request.url ?? '/'
    if (asked !== '/' && asked !== '/favicon.ico') beacons.push(asked)
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Eve</title><body>')
  }).listen(0)
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    beacons,
    async stop() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** A script that tries every way in which a page may send an operation with cookies, and tells what it could read. */
export function fetches(url: string, operation: string): string {
  return `(async () => {
    const url = ${JSON.stringify(url)}, query = ${JSON.stringify(operation)}
    const multipart = new FormData()
    multipart.set('operations', JSON.stringify({ query }))
    multipart.set('map', '{}')
    const json = JSON.stringify({ query })
    const tries = [
      [url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: json }],
      [url, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: json, mode: 'no-cors' }],
      [url, { method: 'POST', body: new URLSearchParams({ query }), mode: 'no-cors' }],
      [url, { method: 'POST', body: multipart, mode: 'no-cors' }],
      [url, { method: 'POST', body: new Blob([json]), mode: 'no-cors' }],
      [url + '?query=' + encodeURIComponent(query), { mode: 'no-cors' }],
    ]
    return Promise.all(tries.map(([to, options]) => fetch(to, { ...options, credentials: 'include' })
      .then((reply) => (reply.type === 'opaque' ? 'opaque' : reply.text()), () => 'refused')))
  })()`
}

/** A script that sends an operation by a form. In plain text, the form's one field reads as JSON. */
export function form(url: string, operation: string, type: string): string {
  const [name, value] =
    type === 'text/plain' ? [`{"query":${JSON.stringify(operation)},"x":"`, '"}'] : ['query', operation]
  return `{
    const form = Object.assign(document.createElement('form'), { method: 'POST', action: ${JSON.stringify(url)}, enctype: '${type}' })
    form.append(Object.assign(document.createElement('input'), { name: ${JSON.stringify(name)}, value: ${JSON.stringify(value)} }))
    document.body.append(form)
    form.submit()
  }`
}
