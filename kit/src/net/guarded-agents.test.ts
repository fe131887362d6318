import http from 'node:http'
import https from 'node:https'
import { createServer, type AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import tls from 'node:tls'
import { request as undiciRequest } from 'undici'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parseAllowedNetworks } from './allowed-networks.ts'
import { checkOutboundUrl } from './check-url.ts'
import { createGuardedAgents, type GuardedAgents } from './guarded-agents.ts'
import type { Lookup } from './judge-host.ts'
import { makeCertificate } from './test-certificate.fixture.ts'
import { serve } from './test-servers.fixture.ts'

/** Answers that follow each other, the last one for ever; only loopback is really connected to. */
function answering(...answers: string[][]): Lookup & { asked: string[] } {
  const asked: string[] = []
  const lookup = async (host: string) => {
    const answer = answers[Math.min(asked.push(host), answers.length) - 1]!
    return answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  }
  return Object.assign(lookup, { asked })
}

function guarded(allowed: string, lookup?: Lookup, timeouts = {}) {
  const agents = createGuardedAgents({ allowed: parseAllowedNetworks(allowed), lookup, timeouts })
  onTestFinished(() => agents.close())
  return agents
}

/** The three ways that clients take. Each gives the text of the answer. */
const CLIENTS = {
  fetch: async (agents: GuardedAgents, url: string) => (await agents.fetch(url)).text(),
  undici: async (agents: GuardedAgents, url: string) =>
    (await undiciRequest(url, { dispatcher: agents.dispatcher })).body.text(),
  'node:http': (agents: GuardedAgents, url: string) => nodeGet(agents, url),
}

function nodeGet(agents: GuardedAgents, url: string, options: http.RequestOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const [client, agent] = url.startsWith('https:') ? [https, agents.https] : [http, agents.http]
    const request = client.get(url, { ...options, agent }, async (response) => {
      try {
        resolve(Buffer.concat(await response.toArray()).toString())
      } catch (error) {
        reject(error)
      }
    })
    request.on('error', reject)
  })
}

const REFUSED = { code: 'net.address_refused' }

describe.each(Object.entries(CLIENTS))('through %s', (_client, get) => {
  it.each([
    ...['127.0.0.1', '2130706433', '0x7f.1', '0177.0.0.1', '127.1', '0.0.0.0', '0', '1２7.0.0.1', 'localhost'],
    ...['[::1]', '[::]', '[::ffff:127.0.0.1]', '[::127.0.0.1]', '127.0.0.1.'],
  ])('%s is not reached', async (host) => {
    const server = await serve()
    const agents = guarded('')
    for (const scheme of ['http', 'https']) {
      await expect(get(agents, `${scheme}://${host}:${server.port}/`)).rejects.toMatchObject(REFUSED)
    }
    expect(server.connections).toBe(0)
  })

  it('an opened address is reached, by number and by name, with the Host it was asked by', async () => {
    const server = await serve()
    const agents = guarded('127.0.0.1', answering(['127.0.0.1']))
    expect(await get(agents, `http://127.0.0.1:${server.port}/`)).toBe('ok')
    expect(await get(agents, `http://nas.example:${server.port}/`)).toBe('ok')
    expect(server.requests.map(({ headers }) => headers.host)).toEqual([
      `127.0.0.1:${server.port}`,
      `nas.example:${server.port}`,
    ])
  })

  it('metadata is not reached, whatever is opened and whatever the name', async () => {
    const agents = guarded('0.0.0.0/0 ::/0', answering(['169.254.169.254']))
    for (const host of ['169.254.169.254', '[fd00:ec2::254]', '168.63.129.16', 'innocent.example', 'metadata'])
      await expect(get(agents, `http://${host}/latest/meta-data`), host).rejects.toMatchObject(REFUSED)
  })

  it('a name is refused when one of its answers is, whichever would have been taken', async () => {
    const server = await serve()
    for (const answer of [
      ['93.184.216.34', '::1'],
      ['::1', '93.184.216.34'],
      ['127.0.0.1', '10.0.0.1'],
    ]) {
      const agents = guarded('127.0.0.1', answering(answer))
      await expect(get(agents, `https://mixed.example:${server.port}/`)).rejects.toMatchObject(REFUSED)
    }
    expect(server.connections).toBe(0)
  })

  it('a name that turns inward after it was checked is not followed', async () => {
    const server = await serve()
    const lookup = answering(['93.184.216.34'], ['127.0.0.1'])
    const agents = guarded('', lookup)
    const url = await checkOutboundUrl(`https://rebinding.example:${server.port}/`, { allowed: [], lookup })
    await expect(get(agents, url.href)).rejects.toMatchObject(REFUSED)
    expect([lookup.asked.length, server.connections]).toEqual([2, 0])
  })

  it('DNS is asked once for a connection, so that what was judged is what is connected to', async () => {
    const server = await serve()
    const lookup = answering(['127.0.0.1'], ['127.0.0.2'])
    expect(await get(guarded('127.0.0.1', lookup), `http://rebinding.example:${server.port}/`)).toBe('ok')
    expect(lookup.asked).toEqual(['rebinding.example'])
  })

  it('a kept connection leads where it was judged to lead, and the next one is judged again', async () => {
    let closing = false
    const server = await serve((_request, response) =>
      response.setHeader('connection', closing ? 'close' : 'keep-alive').end('ok'),
    )
    const lookup = answering(['127.0.0.1'], ['127.0.0.2'])
    const agents = guarded('127.0.0.1', lookup)
    const url = `http://rebinding.example:${server.port}/`
    await get(agents, url)
    await sleep(10)
    closing = true
    expect(await get(agents, url)).toBe('ok')
    expect([server.connections, lookup.asked.length]).toEqual([1, 1])
    await sleep(10)
    await expect(get(agents, url)).rejects.toMatchObject(REFUSED)
    expect(server.requests).toHaveLength(2)
  })

  it('a kept connection is not lent to another name', async () => {
    const server = await serve()
    const agents = guarded('127.0.0.1', answering(['127.0.0.1'], ['127.0.0.2']))
    await get(agents, `http://one.example:${server.port}/`)
    await sleep(10)
    await expect(get(agents, `http://two.example:${server.port}/`)).rejects.toMatchObject(REFUSED)
    await expect(get(agents, `http://127.0.0.2:${server.port}/`)).rejects.toMatchObject(REFUSED)
  })

  it('plain http does not leave the opened networks', async () => {
    const agents = guarded('127.0.0.1', answering(['93.184.216.34']))
    for (const host of ['files.example.org', '93.184.216.34'])
      await expect(get(agents, `http://${host}/`)).rejects.toMatchObject({ code: 'net.insecure_address' })
  })

  it('a refusal does not tell what the name resolves to', async () => {
    const error = await get(guarded('', answering(['10.11.12.13'])), 'https://nas.example/').catch((e: unknown) => e)
    expect((error as Error).message).toContain('nas.example')
    expect((error as Error).message).toContain('ALLOWED_NETWORKS')
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain('10.11.12.13')
    expect((error as Error).cause).toBeUndefined()
  })

  it('a name that does not exist fails as it does without a guard', async () => {
    const lookup = async () => {
      throw Object.assign(new Error('getaddrinfo ENOTFOUND gone.example'), { code: 'ENOTFOUND' })
    }
    const error = (await get(guarded('', lookup), 'https://gone.example/').catch((e: unknown) => e)) as Error
    expect([error, error.cause]).toContainEqual(expect.objectContaining({ code: 'ENOTFOUND' }))
  })

  it('TLS is for the name, not for the address', async () => {
    const certificate = makeCertificate('files.example.org')
    const before = tls.getCACertificates('default')
    tls.setDefaultCACertificates([...before, certificate.cert])
    onTestFinished(() => tls.setDefaultCACertificates(before))
    const server = await serve(
      (request, response) => response.end((request.socket as tls.TLSSocket).servername),
      certificate,
    )
    const agents = guarded('127.0.0.1', answering(['127.0.0.1']))
    expect(await get(agents, `https://files.example.org:${server.port}/`)).toBe('files.example.org')
    expect(server.requests[0]?.headers.host).toBe(`files.example.org:${server.port}`)
    await expect(get(agents, `https://other.example.org:${server.port}/`)).rejects.toThrow()
    expect(server.requests).toHaveLength(1)
  })

  it('a resolver or a server that stays silent is given up', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void silent.close())
    await new Promise((resolve) => silent.once('listening', resolve))
    const { port } = silent.address() as AddressInfo
    const agents = guarded('127.0.0.1', undefined, { connect: 100, headers: 100, body: 100 })
    await expect(get(agents, `http://127.0.0.1:${port}/`)).rejects.toThrow()
    await expect(get(agents, `https://127.0.0.1:${port}/`)).rejects.toThrow()
    const deaf = guarded('', () => new Promise(() => {}), { connect: 100 })
    await expect(get(deaf, 'https://slow.example/')).rejects.toThrow()
  })

  it('an answer that stops halfway is given up', async () => {
    const server = await serve((_request, response) => void response.write('half'))
    const agents = guarded('127.0.0.1', undefined, { body: 100 })
    await expect(get(agents, `http://127.0.0.1:${server.port}/`)).rejects.toThrow()
  })
})

it('a socket file of this machine is no way around', async () => {
  const agents = guarded('127.0.0.1', answering(['127.0.0.2']))
  const request = nodeGet(agents, 'http://files.example.org/', { socketPath: '/var/run/docker.sock' })
  await expect(request).rejects.toMatchObject(REFUSED)
})

it('sockets of node:http stay within their number', async () => {
  const server = await serve((_request, response) => void setTimeout(() => response.end('ok'), 5))
  const agents = guarded('127.0.0.1', answering(['127.0.0.1']))
  await Promise.all(Array.from({ length: 200 }, () => nodeGet(agents, `http://nas.example:${server.port}/`)))
  expect(server.connections).toBeLessThanOrEqual(64)
})
