import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createNodeAgents } from '@archivolt/kit/net/node-agents'
import { DEFAULT_TIMEOUTS } from '@archivolt/kit/net/timeouts'
import { afterEach, describe, expect, it } from 'vitest'
import { driverErrorOf, listed, newKey, putBytes, someBytes, streamOf } from '../contract/harness.ts'
import { waitAfter } from './webdav.client.ts'
import { createWebdavDriver } from './webdav.driver.ts'

const opened: (() => Promise<unknown>)[] = []
afterEach(() => Promise.all(opened.splice(0).map((close) => close())))

/** A driver whose server answers as the function says. */
async function against(answer: (request: IncomingMessage, response: ServerResponse) => void, path = '') {
  const server = createServer((request, response) => {
    request.resume()
    request.once('end', () => answer(request, response))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`
  const driver = createWebdavDriver({ url, username: 'u', password: 'p' })
  opened.push(async () => {
    await driver.close()
    server.closeAllConnections()
    server.close()
  })
  return driver
}

const multistatus = (...responses: string[]) =>
  `<?xml version="1.0"?><d:multistatus xmlns:d="DAV:">${responses.join('')}</d:multistatus>`
const described = (href: string, prop: string, status = '200 OK') =>
  `<d:response><d:href>${href}</d:href><d:propstat><d:prop>${prop}</d:prop><d:status>HTTP/1.1 ${status}</d:status></d:propstat></d:response>`
const folder = (href: string) => described(href, '<d:resourcetype><d:collection/></d:resourcetype>')
const file = (href: string, size: number) =>
  described(href, `<d:resourcetype/><d:getcontentlength>${size}</d:getcontentlength>`)
const error = (status: number, retryAfter?: string) =>
  Object.assign(new Error('refused'), {
    status,
    response: { headers: new Headers(retryAfter === undefined ? {} : { 'retry-after': retryAfter }) },
  })

describe('WebDAV driver and what servers say', () => {
  it.for([301, 302, 303, 307, 308])(
    'follows a redirect (%d) within the server, and to no other one',
    async (status) => {
      const heard: (string | undefined)[] = []
      const stranger = createServer((request, response) => {
        heard.push(request.headers.authorization)
        response.end()
      }).listen(0, '127.0.0.1')
      await once(stranger, 'listening')
      const { port } = stranger.address() as AddressInfo
      for (const host of ['127.0.0.1', 'localhost']) {
        const driver = await against((_request, response) =>
          response.writeHead(status, { location: `http://${host}:${port}/dav/` }).end(),
        )
        await expect(driver.check()).rejects.toMatchObject({
          message: expect.stringContaining('redirects to another server'),
        })
        await expect(putBytes(driver, someBytes(10))).rejects.toThrow()
      }
      expect(heard).toEqual([])
      stranger.close()
      const home = await against((request, response) => {
        if (request.url === '/dav') response.writeHead(status, { location: '/dav/' }).end()
        else response.writeHead(207).end(multistatus(folder('/dav/')))
      }, '/dav')
      if (status !== 303) await home.check()
    },
  )

  it.for([
    ['<d:quota-available-bytes>12345</d:quota-available-bytes>', '200 OK', 12345],
    ['<d:quota-available-bytes>-3</d:quota-available-bytes>', '200 OK', null],
    ['<d:quota-available-bytes/>', '200 OK', null],
    ['<d:quota-available-bytes/>', '404 Not Found', null],
  ] as const)('reads the room from %s, %s: %s', async ([prop, status, room]) => {
    const driver = await against((_request, response) =>
      response.writeHead(207).end(multistatus(described('/', prop, status))),
    )
    expect(await driver.freeSpace()).toBe(room)
  })

  it('lists a server that is shown under another path, where folders carry the names of their parents', async () => {
    const driver = await against((request, response) => {
      const inside: Record<string, string[]> = {
        '/dav/': [folder('http://inner.local/remote/a/b/'), folder('http://inner.local/remote/a/b/a/')],
        '/dav/a/': [folder('/remote/a/b/a/'), folder('/remote/a/b/a/a/'), file('/remote/a/b/a/one', 1)],
        '/dav/a/a/': [folder('/remote/a/b/a/a/'), file('/remote/a/b/a/a/tw%6F', 2)],
      }
      response.writeHead(207).end(multistatus(...inside[request.url ?? '']!))
    }, '/dav/')
    expect(await listed(driver, '')).toEqual([
      { key: 'a/a/two', size: 2 },
      { key: 'a/one', size: 1 },
    ])
  })

  it('fails a listing rather than leave out what the server will not tell', async () => {
    const refused = described('/a', '<d:resourcetype/>', '403 Forbidden')
    const driver = await against((_request, response) => response.writeHead(207).end(multistatus(folder('/'), refused)))
    expect((await driverErrorOf(listed(driver, ''))).code).toBe('storage.unavailable')
  })

  it('fails a write of which the server has kept a part, though it said that all is well', async () => {
    let published = false
    const driver = await against((request, response) => {
      if (request.method === 'MOVE') published = true
      if (request.method === 'PROPFIND') response.writeHead(207).end(multistatus(file('/x', 9)))
      else response.writeHead(201).end()
    })
    expect((await driverErrorOf(putBytes(driver, someBytes(10)))).message).toMatch(/10 bytes were sent .* has 9/)
    expect(published).toBe(false)
  })

  it.for([
    [423, 'storage.unavailable', /locked/],
    [413, 'storage.unavailable', /this size/],
    [507, 'storage.full', /full/],
    [401, 'storage.access_denied', /user name and password/],
  ] as const)('turns %d into %s', { timeout: 20_000 }, async ([status, code, sentence]) => {
    const driver = await against((_request, response) => response.writeHead(status).end())
    expect(await driverErrorOf(driver.put(newKey(), streamOf(Buffer.alloc(0)), { size: 0 }))).toMatchObject({
      code,
      message: expect.stringMatching(sentence),
    })
  })

  it('says what the guard of addresses says', async () => {
    const agents = createNodeAgents({ allowed: [] }, DEFAULT_TIMEOUTS)
    const driver = createWebdavDriver({ url: 'https://127.0.0.1:9', username: 'u', password: 'p' }, { agents })
    expect((await driverErrorOf(driver.check())).message).toMatch(/^127\.0\.0\.1 is not on the public internet/)
    await driver.close()
  })

  it('says that a web server is no WebDAV server', async () => {
    for (const status of [200, 405]) {
      const driver = await against((_request, response) => response.writeHead(status).end('<html></html>'))
      expect((await driverErrorOf(driver.check())).message).toMatch(/no WebDAV server/)
    }
  })
})

describe('patience with a WebDAV server', () => {
  it('waits longer each time, and as long as it is asked to', () => {
    expect(waitAfter(error(503), 1)).toBeLessThanOrEqual(200)
    expect(waitAfter(error(503), 4)).toBeGreaterThanOrEqual(800)
    expect(waitAfter(error(429, '3'), 1)).toBe(3000)
    expect(waitAfter(error(423, new Date(Date.now() + 5000).toUTCString()), 1)).toBeGreaterThan(3000)
  })

  it('ends: after five attempts, when asked for too much, and for what does not pass', () => {
    expect(waitAfter(error(503), 5)).toBeNull()
    expect(waitAfter(error(503, '3600'), 1)).toBeNull()
    for (const status of [401, 403, 404, 412, 507]) expect(waitAfter(error(status), 1)).toBeNull()
  })
})
