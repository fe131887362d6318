import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startGateway, type Started } from './support/start.ts'

describe('/api/cloud/{provider}/callback', () => {
  let gateway: Started
  let storage: Server
  const seen: IncomingMessage[] = []
  beforeAll(async () => {
    storage = createServer((request, response) => {
      seen.push(request)
      response.writeHead(303, { location: 'https://vault.example/account/connections?result=failed' }).end()
    }).listen(0, '127.0.0.1')
    await once(storage, 'listening')
    gateway = await startGateway({
      env: { STORAGE_URL: `http://127.0.0.1:${(storage.address() as AddressInfo).port}` },
    })
  })
  afterAll(async () => {
    await gateway.close()
    storage.close()
  })

  it('goes to storage without any sign of who the browser belongs to, and the answer leads the browser back', async () => {
    const reply = await fetch(`${gateway.url}/api/cloud/onedrive/callback?code=c&state=s`, {
      redirect: 'manual',
      headers: { authorization: 'Bearer mine', cookie: 'refresh=mine', 'x-archivolt-identity': 'forged' },
    })
    expect(reply.status).toBe(303)
    expect(reply.headers.get('location')).toBe('https://vault.example/account/connections?result=failed')
    const [request] = seen
    expect(request?.url).toBe('/api/cloud/onedrive/callback?code=c&state=s')
    expect(Object.keys(request?.headers ?? {})).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(authorization|cookie|x-archivolt-.*)$/)]),
    )
  })

  it('takes nothing but GET, and nothing else below /api', async () => {
    const before = seen.length
    for (const [method, path] of [
      ['POST', '/api/cloud/onedrive/callback'],
      ['GET', '/api/cloud/onedrive/callback/more'],
      ['GET', '/api/cloud/onedrive'],
      ['GET', '/api/other'],
    ] as const) {
      expect((await fetch(gateway.url + path, { method, redirect: 'manual' })).status, path).toBe(404)
    }
    expect(seen.length).toBe(before)
  })

  it('is limited for each address', async () => {
    const ask = () => fetch(`${gateway.url}/api/cloud/google-drive/callback?state=guess`, { redirect: 'manual' })
    const statuses = (await Promise.all(Array.from({ length: 60 }, ask))).map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([303, 429]))
    const refused = await ask()
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  })
})
