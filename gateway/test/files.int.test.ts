import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startGateway, until, type Started } from './support/start.ts'

const MIB = 1024 * 1024

describe('/files/*', () => {
  let gateway: Started
  let storage: Server
  let answer: (request: IncomingMessage, response: ServerResponse) => void
  beforeAll(async () => {
    storage = createServer((request, response) => answer(request, response)).listen(0, '127.0.0.1')
    await once(storage, 'listening')
    gateway = await startGateway({
      env: { STORAGE_URL: `http://127.0.0.1:${(storage.address() as AddressInfo).port}` },
    })
  })
  afterAll(async () => {
    await gateway.close()
    storage.close()
  })

  const open = async (where: string, method = 'GET') => {
    const sent = httpRequest(gateway.url + where, { method })
    if (method === 'GET') sent.end()
    return sent
  }

  it('passes method, path, query and the headers of byte ranges on, and nothing else', async () => {
    let seen: IncomingMessage | undefined
    answer = (request, response) => {
      seen = request
      response
        .writeHead(206, {
          'content-type': 'text/plain',
          'content-range': 'bytes 0-3/9',
          etag: '"e"',
          'accept-ranges': 'bytes',
          'content-disposition': 'attachment',
          'content-security-policy': 'sandbox',
          'x-powered-by': 'storage',
          'set-cookie': 'a=b',
          'content-length': 4,
        })
        .end('byte')
    }
    const reply = await fetch(`${gateway.url}/files/a%2Fb?ticket=t%20x`, {
      headers: {
        range: 'bytes=0-3',
        'if-range': '"e"',
        authorization: 'Bearer secret',
        cookie: 'archivolt_refresh=r',
        'x-archivolt-identity': 'x',
      },
    })
    expect(await reply.text()).toBe('byte')
    expect([seen!.method, seen!.url, seen!.headers.range, seen!.headers['if-range']]).toEqual([
      'GET',
      '/files/a%2Fb?ticket=t%20x',
      'bytes=0-3',
      '"e"',
    ])
    expect(Object.keys(seen!.headers)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/authorization|cookie|x-archivolt/)]),
    )
    expect(reply.status).toBe(206)
    expect(Object.fromEntries(reply.headers)).toMatchObject({
      'content-range': 'bytes 0-3/9',
      etag: '"e"',
      'content-disposition': 'attachment',
      'content-security-policy': 'sandbox',
      'x-content-type-options': 'nosniff',
    })
    expect([reply.headers.get('x-powered-by'), reply.headers.getSetCookie()]).toEqual([null, []])
  })

  it('streams 64 MiB down, holding next to nothing while the client does not read', async () => {
    const block = randomBytes(MIB)
    let produced = 0
    answer = (_request, response) => {
      const source = Readable.from(
        (function* () {
          for (; produced < 64; produced++) yield block
        })(),
        { objectMode: false, highWaterMark: MIB },
      )
      response.writeHead(200, { 'content-length': 64 * MIB })
      source.pipe(response)
    }
    const [response] = (await once(await open('/files/big'), 'response')) as [IncomingMessage]
    await new Promise((resolve) => setTimeout(resolve, 500))
    const hash = createHash('sha256')
    let size = 0
    let underWay = produced
    for await (const chunk of response as AsyncIterable<Buffer>) {
      hash.update(chunk)
      size += chunk.length
      underWay = Math.max(underWay, produced - size / MIB)
    }
    expect(size).toBe(64 * MIB)
    // What the sockets of both hops hold, and nothing on top that grows with the file.
    expect(underWay).toBeLessThan(24)
    const expected = createHash('sha256')
    for (let i = 0; i < 64; i++) expected.update(block)
    expect(hash.digest('hex')).toBe(expected.digest('hex'))
  })

  it('streams an upload up, with its length', async () => {
    const hash = createHash('sha256')
    let length: string | undefined
    answer = async (request, response) => {
      length = request.headers['content-length']
      for await (const chunk of request) hash.update(chunk as Buffer)
      response.writeHead(201, { etag: '"new"' }).end()
    }
    const body = randomBytes(8 * MIB)
    const reply = await fetch(`${gateway.url}/files/up`, {
      method: 'PUT',
      body,
      headers: { 'content-type': 'image/png' },
    })
    expect([reply.status, reply.headers.get('etag'), length]).toEqual([201, '"new"', String(8 * MIB)])
    expect(hash.digest('hex')).toBe(createHash('sha256').update(body).digest('hex'))
  })

  it('tells storage when the client goes away, in both directions', async () => {
    let gone = 0
    answer = (request, response) => {
      request.on('error', () => {})
      response.on('close', () => gone++)
      if (request.method === 'GET') response.writeHead(200).write('x')
      else request.resume()
    }
    const down = await open('/files/down')
    await once(down, 'response')
    down.on('error', () => {}).destroy()
    await until(() => gone === 1)
    const up = await open('/files/up', 'PUT')
    up.on('error', () => {}).write(randomBytes(MIB))
    await new Promise((resolve) => setTimeout(resolve, 100))
    up.destroy()
    await until(() => gone === 2)
  })

  it('cuts the connection when storage breaks off', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('half')
      setTimeout(() => response.destroy(), 50)
    }
    const reply = await fetch(`${gateway.url}/files/half`)
    await expect(reply.arrayBuffer()).rejects.toThrow()
  })

  it('answers HEAD, refuses other methods, and 502 when storage is away', async () => {
    answer = (_request, response) => void response.writeHead(200, { 'content-length': 5 }).end()
    expect((await fetch(`${gateway.url}/files/a`, { method: 'HEAD' })).headers.get('content-length')).toBe('5')
    expect((await fetch(`${gateway.url}/files/a`, { method: 'DELETE' })).status).toBe(405)
    answer = (request) => void request.socket.destroy()
    const reply = await fetch(`${gateway.url}/files/a`)
    expect(reply.status).toBe(502)
    expect(await reply.json()).toMatchObject({ error: { code: 'unavailable' } })
    const upload = await fetch(`${gateway.url}/files/a`, { method: 'PUT', body: 'x' })
    expect(upload.status).toBe(502)
  })

  it('uses the handler of the same process when there is one', async () => {
    const inside = await startGateway({
      overrides: { byteHandler: (request, response) => void request.pipe(response) },
    })
    const reply = await fetch(`${inside.url}/files/echo`, { method: 'PUT', body: 'raw bytes' })
    expect([await reply.text(), reply.headers.get('x-request-id')]).toEqual(['raw bytes', expect.any(String)])
    await inside.close()
  })

  it('finishes what is under way when the gateway stops', async () => {
    const finish = Promise.withResolvers<void>()
    const stopping = await startGateway({
      overrides: {
        byteHandler: (_request, response) => {
          response.writeHead(200).write('first, ')
          void finish.promise.then(() => response.end('last'))
        },
      },
    })
    const reply = await fetch(`${stopping.url}/files/a`)
    const closed = stopping.app.close()
    setTimeout(finish.resolve, 100)
    expect(await reply.text()).toBe('first, last')
    await closed
    await expect(fetch(`${stopping.url}/health/live`)).rejects.toThrow()
    await stopping.close()
  })
})
