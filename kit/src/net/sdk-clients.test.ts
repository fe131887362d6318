import type { Readable } from 'node:stream'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createClient } from 'webdav'
import { parseAllowedNetworks } from './allowed-networks.ts'
import { createGuardedAgents } from './guarded-agents.ts'
import { redirect, serve } from './test-servers.fixture.ts'

function guarded(allowed: string) {
  const lookup = async () => [{ address: '127.0.0.1', family: 4 }]
  const agents = createGuardedAgents({ allowed: parseAllowedNetworks(allowed), lookup })
  onTestFinished(() => agents.close())
  return agents
}

function dav(url: string, allowed: string) {
  const { http, https } = guarded(allowed)
  return createClient(url, { username: 'u', password: 'secret', httpAgent: http, httpsAgent: https })
}

function s3(endpoint: string, allowed: string) {
  const { http, https } = guarded(allowed)
  return new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'a', secretAccessKey: 'secret' },
    requestHandler: new NodeHttpHandler({ httpAgent: http, httpsAgent: https }),
  })
}

const get = { Bucket: 'b', Key: 'k' }
/** More than the SDK sends without asking first (`Expect: 100-continue`), for which it would make an agent of its own. */
const put = { ...get, Body: Buffer.alloc(3 * 1024 * 1024) }
const HOSTS = ['127.0.0.1', 'nas.example', '2130706433', '[::ffff:127.0.0.1]']
const ADDRESSES = ['http', 'https'].flatMap((scheme) => HOSTS.map((host) => `${scheme}://${host}`))

describe('the WebDAV client', () => {
  it.each(ADDRESSES)('does not reach %s', async (address) => {
    const server = await serve()
    const client = dav(`${address}:${server.port}`, '')
    const refused = { code: 'net.address_refused', message: expect.stringContaining('ALLOWED_NETWORKS') }
    await expect(client.getFileContents('/a')).rejects.toMatchObject(refused)
    await expect(client.putFileContents('/a', 'text')).rejects.toMatchObject(refused)
    await expect(
      new Promise((_resolve, reject) => (client.createReadStream('/a') as Readable).on('error', reject).resume()),
    ).rejects.toMatchObject(refused)
    expect(server.connections).toBe(0)
  })

  it('works in an opened network, and does not follow a redirect out of it', async () => {
    const server = await serve((request, response) =>
      request.url === '/away' ? redirect('http://127.0.0.2/')(request, response) : response.end('ok'),
    )
    const client = dav(`http://nas.example:${server.port}`, '127.0.0.1')
    expect(await client.getFileContents('/a', { format: 'text' })).toBe('ok')
    expect(server.requests[0]?.headers.authorization).toMatch(/^Basic /)
    await expect(client.getFileContents('/away')).rejects.toMatchObject({ code: 'net.address_refused' })
    expect(server.requests).toHaveLength(2)
  })
})

describe('the S3 client', () => {
  it.each(ADDRESSES)('does not reach %s', async (address) => {
    const server = await serve()
    const client = s3(`${address}:${server.port}`, '')
    for (const command of [new GetObjectCommand(get), new PutObjectCommand(put)]) {
      await expect(client.send(command as GetObjectCommand)).rejects.toMatchObject({ code: 'net.address_refused' })
    }
    expect(server.connections).toBe(0)
  })

  it('works in an opened network', async () => {
    const server = await serve((request, response) => {
      request.resume().on('end', () => response.end(request.method === 'GET' ? 'ok' : ''))
    })
    const client = s3(`http://nas.example:${server.port}`, '127.0.0.1')
    expect(await (await client.send(new GetObjectCommand(get))).Body?.transformToString()).toBe('ok')
    await client.send(new PutObjectCommand(put))
    expect(server.requests.map(({ method }) => method)).toEqual(['GET', 'PUT'])
  })
})
