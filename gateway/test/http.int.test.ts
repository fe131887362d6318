import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { getIntrospectionQuery } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startGateway, type Started } from './support/start.ts'

const webRoot = mkdtempSync(path.join(tmpdir(), 'client-'))
mkdirSync(path.join(webRoot, 'assets'))
mkdirSync(path.join(webRoot, 'playground'))
writeFileSync(path.join(webRoot, 'index.html'), '<!doctype html><title>the client</title>')
writeFileSync(path.join(webRoot, 'assets/app-1a2b.js'), 'export {}')
writeFileSync(path.join(webRoot, 'playground/index.html'), '<!doctype html><title>the playground</title>')

describe('the public door', () => {
  let gateway: Started
  beforeAll(async () => {
    gateway = await startGateway({
      env: {
        NODE_ENV: 'production',
        CORS_ORIGINS: 'https://app.example',
        PUBLIC_URL: 'https://vault.example',
        WEB_ROOT: webRoot,
      },
    })
  })
  afterAll(() => gateway.close())

  const bearer = async (claims = {}) => ({ authorization: `Bearer ${await gateway.issuer.token(claims)}` })
  /** A path as it is written; fetch would tidy it up. */
  const raw = (where: string) =>
    new Promise<string>((resolve, reject) => {
      const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1', () =>
        socket.end(`GET ${where} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`),
      )
      let text = ''
      socket
        .on('data', (data) => (text += String(data)))
        .on('end', () => resolve(text))
        .on('error', reject)
    })
  const get = (where: string, init?: RequestInit) => fetch(gateway.url + where, { redirect: 'manual', ...init })

  describe('tokens', () => {
    it('that are revoked or not acceptable are a 401 with a GraphQL error', async () => {
      gateway.shared.revoke('token:stolen')
      gateway.shared.revoke('session:ended')
      const old = Math.floor(Date.now() / 1000) - 6
      for (const headers of [
        await bearer({ jti: 'stolen' }),
        await bearer({ sid: 'ended' }),
        await bearer({ exp: old }),
        { authorization: 'Basic eA==' },
      ]) {
        const { status, errors, data } = await gateway.query('{ documents { id } }', {}, headers)
        expect([status, errors![0]!.extensions.code, data]).toEqual([401, 'UNAUTHENTICATED', undefined])
      }
    })

    it('are refused while nobody can say whether they are revoked', async () => {
      const headers = await bearer()
      gateway.shared.goAway()
      const { status, errors, text } = await gateway.query('{ documents { id } }', {}, headers)
      gateway.shared.goAway(false)
      expect([status, errors![0]!.extensions.code]).toEqual([503, 'UNAVAILABLE'])
      expect(text).not.toMatch(/ECONN|10\.0/)
    })
  })

  describe('rate limits', () => {
    it('answer 429 with Retry-After, counted per person', async () => {
      const headers = await bearer({ sub: '7d444840-9dc0-41d1-b245-5ffdce74fad2' })
      gateway.shared.used.set('graphql:user:7d444840-9dc0-41d1-b245-5ffdce74fad2', 6000)
      const { status, errors, headers: answered } = await gateway.query('{ documents { id } }', {}, headers)
      expect([status, errors![0]!.extensions, answered.get('retry-after')]).toEqual([
        429,
        { code: 'RATE_LIMITED' },
        '60',
      ])
      expect((await gateway.query('{ documents { id } }', {}, await bearer())).status).toBe(200)
    })

    it('count bad tokens on the address', async () => {
      gateway.shared.used.set('graphql:ip:127.0.0.1', 600)
      const { status } = await gateway.query('{ documents { id } }', {}, { authorization: 'Bearer x' })
      gateway.shared.used.clear()
      expect(status).toBe(429)
    })
  })

  describe('limits', () => {
    const fields = (count: number, write: (i: number) => string) =>
      Array.from({ length: count }, (_, i) => write(i)).join(' ')
    const attacks: Record<string, string> = {
      'an alias flood': `{ ${fields(31, (i) => `a${i}: __typename`)} }`,
      'a flood of root fields': `{ ${fields(21, () => 'aiState')} }`,
      'deep nesting': `{ documents { ${'owner { documents { '.repeat(6)} id ${'} }'.repeat(6)} } }`,
      'directive storms': `{ documents { ${fields(51, () => 'id @skip(if: false)')} } }`,
      'a huge source': `{ documents { id } } #${'x'.repeat(20_000)}`,
      'many tokens': `{ documents { ${fields(2000, () => 'id')} } }`,
      'exponential fragments': `{ documents { ...f0 } } ${fields(30, (i) => `fragment f${i} on Document { ...f${i + 1} ...f${i + 1} }`)} fragment f30 on Document { id }`,
      'fragment cycles': '{ documents { ...a } } fragment a on Document { ...b } fragment b on Document { ...a }',
      'a fragment named like a meta field': `{ documents { ...__schema } } fragment __schema on Document { ${'owner { documents { '.repeat(6)} id ${'} }'.repeat(6)} }`,
    }
    it.each(Object.entries(attacks))('refuse %s, quickly and without a number', async (_name, query) => {
      const headers = await bearer()
      const before = process.cpuUsage()
      const { status, errors, data } = await gateway.query(query, {}, headers)
      const cpu = process.cpuUsage(before)
      expect([status, data, errors!.length, errors![0]!.extensions.code]).toEqual([
        400,
        undefined,
        1,
        'OPERATION_TOO_LARGE',
      ])
      expect(errors![0]!.message).not.toMatch(/\d/)
      // Client and server together.
      expect((cpu.user + cpu.system) / 1000).toBeLessThan(100)
    })

    it('let the standard introspection query through', async () => {
      const { data, errors } = await gateway.query(getIntrospectionQuery(), {}, await bearer())
      expect(errors).toBeUndefined()
      expect(data.__schema.types.length).toBeGreaterThan(5)
    })

    it('bound the body', async () => {
      const { status, errors } = await gateway.query('{ aiState }', { filler: 'x'.repeat(1024 * 1024) })
      expect([status, errors![0]!.extensions.code]).toEqual([413, 'BAD_REQUEST'])
    })
  })

  describe('the schema', () => {
    it('is told to nobody who has not signed in', async () => {
      for (const query of [
        '{ __schema { types { name } } }',
        '{ docs: documents { id } x: __type(name: "User") { name } }',
      ]) {
        const { errors, data } = await gateway.query(query)
        expect([data, errors![0]!.extensions.code]).toEqual([undefined, 'UNAUTHENTICATED'])
      }
      const { errors } = await gateway.query('{ document(id: "d1") { titel } nothing }')
      expect(errors).toEqual([
        expect.objectContaining({ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }),
        expect.anything(),
      ])
      expect(JSON.stringify(errors)).not.toMatch(/titel|title|Document|nothing|Did you mean/)
    })

    it('is never suggested', async () => {
      const { errors } = await gateway.query('{ document(id: "d1") { titel } }', {}, await bearer())
      expect(errors![0]!.message).toBe('Cannot query field "titel" on type "Document".')
    })
  })

  describe('other pages', () => {
    it('cannot forge requests', async () => {
      const query = JSON.stringify({ query: 'mutation { login }' })
      for (const type of [
        'text/plain',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=x',
        'text/plain;application/json',
        '',
      ]) {
        const { status, data } = await gateway.post(query, { 'content-type': type })
        expect([type, status >= 400 && status < 500, data]).toEqual([type, true, undefined])
      }
      expect((await get('/graphql?query={aiState}')).status).toBe(405)
      expect((await gateway.post([{ query: '{ aiState }' }] as unknown)).status).toBe(400)
      expect(gateway.world.cookiesSeen).toEqual([])
    })

    it.each([
      'null',
      'https://evil.example',
      'https://app.example.evil.example',
      'https://evilapp.example',
      'https://APP.example',
      'https://app.example:444',
      'https://app.example.',
      'http://app.example',
    ])('of the origin %s may neither call nor read', async (origin) => {
      const { status, headers } = await gateway.query('{ aiState }', {}, { origin })
      expect([
        status,
        headers.get('access-control-allow-origin'),
        headers.get('access-control-allow-credentials'),
      ]).toEqual([403, null, null])
      const preflight = await get('/graphql', {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      })
      expect(preflight.headers.get('access-control-allow-origin')).toBeNull()
    })

    it('that are listed may, cookies included', async () => {
      const origin = 'https://app.example'
      const preflight = await get('/graphql', {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
      })
      expect(preflight.status).toBe(204)
      const { status, headers } = await gateway.query('{ aiState }', {}, { origin })
      for (const answer of [preflight.headers, headers]) {
        expect(answer.get('access-control-allow-origin')).toBe(origin)
        expect(answer.get('access-control-allow-credentials')).toBe('true')
        expect(answer.get('vary')).toContain('origin')
      }
      expect(status).toBe(200)
    })
  })

  it('answers what is no GraphQL at all without a word about itself', async () => {
    for (const body of [
      '{',
      '"text"',
      '{}',
      '{"query": 3}',
      '{"query": "{"}',
      '{"query":"{aiState}","variables":[]}',
    ]) {
      const { status, errors, text } = await gateway.post(body)
      expect([body, status, errors!.length]).toEqual([body, 400, 1])
      expect(text).not.toMatch(/fastify|FST_|node_modules|at .*\.js/)
    }
  })

  it('says that it is well, and when it is ready', async () => {
    const health = await get('/health')
    expect(health.status).toBe(200)
    expect(await health.json()).toMatchObject({
      status: 'ok',
      parts: { identity: { state: 'ok' }, documents: { state: 'ok' }, ai: { state: 'ok' } },
    })
    expect((await get('/health/live')).status).toBe(200)
    await gateway.app.ready()
    expect((await get('/health/ready')).status).toBe(200)
  })

  it('publishes the key that identities are signed with, and nothing of its private half', async () => {
    const { keys } = (await (await get('/.well-known/service-keys.json')).json()) as { keys: Record<string, string>[] }
    expect(Object.keys(keys[0]!).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x'])
  })

  it('publishes the keys of identity', async () => {
    expect(await (await get('/.well-known/jwks.json')).json()).toEqual(gateway.issuer.jwks)
  })

  it('serves the client: pages are routes, assets are kept, secrets stay', async () => {
    const page = await get('/library/d1', { headers: { accept: 'text/html' } })
    expect([page.status, page.headers.get('cache-control')]).toEqual([200, 'no-cache'])
    expect(await page.text()).toContain('the client')
    expect((await get('/assets/app-1a2b.js')).headers.get('cache-control')).toContain('immutable')
    for (const missing of [
      '/assets/none.js',
      '/favicon.ico',
      '/api/none',
      '/files',
      '/metrics',
      '/..%2fpackage.json',
    ]) {
      expect([missing, (await get(missing)).status]).toEqual([missing, 404])
    }
    for (const outside of [
      '/../../../../etc/passwd',
      '/%2e%2e/%2e%2e/%2e%2e/etc/passwd',
      '/assets/..%2f..%2f..%2fetc%2fpasswd',
    ])
      expect(await raw(outside)).not.toContain('root:')
    expect((await get('/playground')).headers.get('location')).toBe('/playground/')
    expect(await (await get('/playground/')).text()).toContain('the playground')
  })

  it('sends security headers with every kind of answer', async () => {
    for (const where of ['/', '/assets/app-1a2b.js', '/health', '/none.txt', '/playground/', '/graphql']) {
      const { headers } = await get(where)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('strict-transport-security')).toMatch(/max-age=\d{8}/)
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
      const policy = headers.get('content-security-policy')!
      expect(policy).toContain("default-src 'self'; script-src 'self';")
      expect(policy.includes("style-src 'self' 'unsafe-inline'")).toBe(where === '/playground/')
    }
  })

  it('bounds how long and by how many its connections may be held', () => {
    const { headersTimeout, maxConnections, keepAliveTimeout, timeout } = gateway.app.fastify.server
    expect({ headersTimeout, maxConnections, keepAliveTimeout, timeout }).toEqual({
      headersTimeout: 15_000,
      maxConnections: 20_000,
      keepAliveTimeout: 65_000,
      timeout: 320_000,
    })
  })
})

describe('an unbuilt client', () => {
  it('is said to be so', async () => {
    const gateway = await startGateway()
    const page = await fetch(gateway.url)
    expect(await page.text()).toContain('The web client is not built here')
    await gateway.close()
  })
})
