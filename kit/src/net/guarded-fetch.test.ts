import tls from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parseAllowedNetworks } from './allowed-networks.ts'
import { createGuardedAgents } from './guarded-agents.ts'
import { nextHop } from './redirects.ts'
import { makeCertificate } from './test-certificate.fixture.ts'
import { redirect, serve } from './test-servers.fixture.ts'

function guardedFetch(allowed = '127.0.0.1') {
  const lookup = async () => [{ address: '127.0.0.1', family: 4 }]
  const agents = createGuardedAgents({ allowed: parseAllowedNetworks(allowed), lookup })
  onTestFinished(() => agents.close())
  return agents.fetch
}

const REFUSED = { code: 'net.redirect_refused' }
const SECRETS = { authorization: 'Bearer secret', cookie: 'session=secret', 'x-api-key': 'secret' }

describe('redirects', () => {
  it('are followed to an answer', async () => {
    const server = await serve((request, response) =>
      request.url === '/a' ? redirect('/b?x=1')(request, response) : response.end('there'),
    )
    const response = await guardedFetch()(`http://nas.example:${server.port}/a`)
    expect(await response.text()).toBe('there')
    expect(response.url).toBe(`http://nas.example:${server.port}/b?x=1`)
  })

  it('are judged, each of a chain', async () => {
    const inside = await serve()
    const second = await serve(redirect(`http://127.0.0.2:${inside.port}/`))
    const first = await serve(redirect(`http://127.0.0.1:${second.port}/`))
    await expect(guardedFetch()(`http://nas.example:${first.port}/`)).rejects.toMatchObject({
      code: 'net.address_refused',
    })
    expect([first, second, inside].map(({ connections }) => connections)).toEqual([1, 1, 0])
  })

  it.each(['169.254.169.254', '[::1]', '2130706434', 'metadata.google.internal'])('do not lead to %s', async (host) => {
    const server = await serve(redirect(`http://${host}/`))
    await expect(guardedFetch('127.0.0.1/32')(`http://127.0.0.1:${server.port}/`)).rejects.toMatchObject({
      code: 'net.address_refused',
    })
  })

  it('end after five', async () => {
    const server = await serve((request, response) =>
      redirect(`/${Number(request.url?.slice(1)) + 1}`)(request, response),
    )
    await expect(guardedFetch()(`http://127.0.0.1:${server.port}/0`)).rejects.toMatchObject(REFUSED)
    expect(server.requests).toHaveLength(6)
  })

  it('do not lead from https to http, and keep the name in TLS', async () => {
    const certificate = makeCertificate('files.example.org')
    const before = tls.getCACertificates('default')
    tls.setDefaultCACertificates([...before, certificate.cert])
    onTestFinished(() => tls.setDefaultCACertificates(before))
    const plain = await serve()
    const secure = await serve(redirect(`http://127.0.0.1:${plain.port}/`), certificate)
    await expect(guardedFetch()(`https://files.example.org:${secure.port}/`)).rejects.toMatchObject(REFUSED)
    expect([secure.requests.length, plain.connections]).toEqual([1, 0])
  })

  it('carry no credentials to another host or port', async () => {
    const other = await serve()
    const server = await serve((request, response) =>
      redirect(request.url === '/' ? '/same' : `http://127.0.0.1:${other.port}/`)(request, response),
    )
    const headers = { ...SECRETS, range: 'bytes=0-1', 'user-agent': 'test' }
    await guardedFetch()(`http://127.0.0.1:${server.port}/`, { headers })
    expect(server.requests.map((request) => request.headers)).toEqual([
      expect.objectContaining(headers),
      expect.objectContaining(headers),
    ])
    expect(other.requests[0]?.headers).toMatchObject({ range: 'bytes=0-1', 'user-agent': 'test' })
    expect(JSON.stringify(other.requests)).not.toContain('secret')
  })

  it('carry no credentials back after a way round through another host', async () => {
    const away = await serve((_request, response) =>
      redirect(`http://127.0.0.1:${server.port}/end`)(_request, response),
    )
    const server = await serve((request, response) =>
      request.url === '/' ? redirect(`http://127.0.0.1:${away.port}/`)(request, response) : response.end(),
    )
    await guardedFetch()(`http://127.0.0.1:${server.port}/`, { headers: SECRETS })
    expect(JSON.stringify(server.requests[1])).not.toContain('secret')
  })

  it('carry a body within the origin only, and never one that has flowed away', async () => {
    const other = await serve()
    const server = await serve((request, response) => {
      request.resume()
      if (request.url === '/end') return void response.end('stored')
      redirect(request.url === '/out' ? `http://127.0.0.1:${other.port}/` : '/end', 307)(request, response)
    })
    const [fetch, base] = [guardedFetch(), `http://127.0.0.1:${server.port}`]
    const put = (path: string, body: RequestInit['body']) => fetch(base + path, { method: 'PUT', body })
    expect(await (await put('/in', 'text')).text()).toBe('stored')
    expect(server.requests.at(-1)).toMatchObject({ method: 'PUT', headers: { 'content-length': '4' } })
    await expect(put('/out', 'client_secret=x')).rejects.toMatchObject(REFUSED)
    await expect(put('/in', new Blob(['text']).stream())).rejects.toMatchObject(REFUSED)
    expect(other.connections).toBe(0)
  })

  it('are left to those who ask for them', async () => {
    const server = await serve(redirect('http://127.0.0.2/'))
    const [fetch, url] = [guardedFetch(), `http://127.0.0.1:${server.port}/`]
    const response = await fetch(url, { redirect: 'manual' })
    expect([response.status, response.headers.get('location')]).toEqual([302, 'http://127.0.0.2/'])
    await response.body?.cancel()
    await expect(fetch(url, { redirect: 'error' })).rejects.toMatchObject(REFUSED)
  })
})

describe('the next request', () => {
  const from = { url: new URL('https://a.example/x'), headers: new Headers({ 'content-type': 'a/b', accept: '*/*' }) }
  const next = (method: string, status: number, location = '/y') =>
    nextHop({ ...from, method, body: 'b' }, status, location)

  it.each([
    ['POST', 301, 'GET'],
    ['POST', 302, 'GET'],
    ['POST', 303, 'GET'],
    ['PUT', 303, 'GET'],
    ['POST', 307, 'POST'],
    ['PUT', 301, 'PUT'],
    ['PROPFIND', 302, 'PROPFIND'],
  ])('after %s and %i is a %s', (method, status, expected) => {
    const hop = next(method, status)
    expect([hop.method, hop.body !== undefined, hop.headers.has('content-type')]).toEqual(
      expected === 'GET' ? ['GET', false, false] : [expected, true, true],
    )
  })

  it.each([
    'http://a.example/x',
    'ftp://a.example',
    'file:///etc/passwd',
    'data:,x',
    'https://u:p@a.example',
    'https://',
    '//',
  ])('is not made for %s', (location) =>
    expect(() => next('POST', 303, location)).toThrow(expect.objectContaining(REFUSED)),
  )
})

describe('a request', () => {
  it('may be a Request, and sends what is in it', async () => {
    const server = await serve((request, response) => void request.pipe(response))
    const request = new Request(`http://127.0.0.1:${server.port}/`, {
      method: 'POST',
      body: 'text',
      headers: { a: 'b' },
    })
    expect(await (await guardedFetch()(request)).text()).toBe('text')
    expect(server.requests[0]?.headers).toMatchObject({ a: 'b', 'content-type': 'text/plain;charset=UTF-8' })
  })

  it('may be a stream, a form or bytes', async () => {
    const server = await serve((request, response) => void request.pipe(response))
    const send = async (body: RequestInit['body']) =>
      (await guardedFetch()(`http://127.0.0.1:${server.port}/`, { method: 'POST', body, duplex: 'half' })).text()
    expect(await send(new Blob(['stream']).stream())).toBe('stream')
    expect(await send(new URLSearchParams({ a: 'b c' }))).toBe('a=b+c')
    expect(await send(new TextEncoder().encode('bytes'))).toBe('bytes')
  })

  it('ends with its signal, before and during the answer', async () => {
    const server = await serve((_request, response) => void response.write('half'))
    const url = `http://127.0.0.1:${server.port}/`
    await expect(guardedFetch()(url, { signal: AbortSignal.abort() })).rejects.toThrow('abort')
    const controller = new AbortController()
    const response = await guardedFetch()(url, { signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(response.text()).rejects.toThrow('enough')
  })

  it.each(['file:///etc/passwd', 'data:text/plain,x', 'ftp://files.example.org/'])('is not made for %s', (url) =>
    expect(guardedFetch()(url)).rejects.toThrow('no web address'),
  )
})
