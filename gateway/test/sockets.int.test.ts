import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { startGateway, until, type Started } from './support/start.ts'

const CHANGES = 'subscription { documentChanged { document { id } } }'

describe('sockets', () => {
  let gateway: Started
  beforeAll(async () => {
    gateway = await startGateway({ env: { CORS_ORIGINS: 'https://app.example' } })
  })
  afterAll(() => gateway.close())

  const listeners = () => gateway.world.changes.listeners.size
  const change = (id = 'd1') => gateway.world.changes.emit({ documentChanged: { document: { id } } })
  const bearer = async (claims = {}) => `Bearer ${await gateway.issuer.token(claims)}`
  const address = () => `${gateway.url.replace('http', 'ws')}/graphql`
  const open = (headers: Record<string, string> = {}) => new WebSocket(address(), 'graphql-transport-ws', { headers })
  const closeCode = async (socket: WebSocket): Promise<number> => (await once(socket, 'close'))[0] as number

  /** A subscription that is open upstream, and the code its socket is closed with. */
  const listen = async (claims = {}) => {
    const before = listeners()
    const { subscribe, closed } = gateway.connect({ authorization: await bearer(claims) })
    const events = subscribe(CHANGES)
    const ended = events.next().then(
      (step) => step.value ?? 'end',
      (error: unknown) => error,
    )
    await until(() => listeners() === before + 1)
    return { ended, closed, events }
  }

  it('close when the token ends', async () => {
    // The tolerance for clocks is 5 s; what is left of it is time enough to connect, also on a busy machine.
    const { closed } = await listen({ exp: Math.floor(Date.now() / 1000) })
    expect((await closed).code).toBe(4403)
    await until(() => listeners() === 0)
  })

  it('close at logout, and only those of that session', async () => {
    const mine = await listen({ sid: 'leaving' })
    const other = await listen({ sid: 'staying' })
    gateway.shared.endSession('leaving')
    expect(await mine.closed).toMatchObject({ code: 4403, reason: 'Signed out' })
    await until(() => listeners() === 1)
    change()
    expect(await other.ended).toMatchObject({ data: { documentChanged: { document: { id: 'd1' } } } })
    await other.events.return!()
    await until(() => listeners() === 0)
  })

  it('close when rights change, and are judged by the new ones when they come back', async () => {
    const [sub, bystander] = [randomUUID(), randomUUID()]
    const mine = await listen({ sub, groups: ['family'] })
    const other = await listen({ sub: bystander })
    gateway.shared.revoke(gateway.people.change(sub, { groups: [], role: 'ADMIN' }))
    gateway.shared.tellOf(sub)
    gateway.shared.tellOf(bystander)
    expect(await mine.closed).toMatchObject({ code: 4403, reason: 'Rights changed' })
    await until(() => listeners() === 1)
    const again = await listen({ sub, groups: ['family'] })
    const { viewer } = gateway.world.seen.filter(({ subgraph }) => subgraph === 'documents').at(-1)!.context
    expect(viewer).toMatchObject({ userId: sub, groups: [], role: 'ADMIN' })
    for (const { events } of [other, again]) await events.return!()
    await until(() => listeners() === 0)
  })

  it('close at the next event when the word about new rights was lost', async () => {
    const sub = randomUUID()
    const { closed, events } = await listen({ sub })
    gateway.shared.revoke(gateway.people.change(sub, { groups: [] }))
    gateway.shared.gap()
    expect((await closed).code).toBe(4403)
    await events.return!().catch(() => {})
    await until(() => listeners() === 0)
  })

  it('look revoked sessions up when words about them may be lost', async () => {
    const { closed } = await listen({ sid: 'unheard' })
    gateway.shared.revoke('session:unheard')
    gateway.shared.gap()
    expect((await closed).code).toBe(4403)
  })

  it('refuse a token that is revoked, foreign or broken', async () => {
    gateway.shared.revoke('session:gone')
    for (const authorization of [await bearer({ sid: 'gone' }), await bearer({ aud: 'other' }), 'Bearer x', '']) {
      const { subscribe, closed } = gateway.connect({ authorization })
      await expect(subscribe(CHANGES).next()).rejects.toBeDefined()
      expect((await closed).code).toBe(4403)
    }
  })

  it('ask to come back when a token cannot be checked', async () => {
    const authorization = await bearer()
    gateway.shared.goAway()
    const { subscribe, closed } = gateway.connect({ authorization })
    await expect(subscribe(CHANGES).next()).rejects.toBeDefined()
    gateway.shared.goAway(false)
    expect((await closed).code).toBe(1013)
  })

  it('are for pages of known origins and for programs', async () => {
    for (const origin of [
      'https://evil.example',
      'null',
      'https://app.example.evil.example',
      'https://app.example:444',
    ]) {
      const [, response] = await once(
        open({ origin }).on('error', () => {}),
        'unexpected-response',
      )
      expect(response.statusCode).toBe(403)
    }
    for (const origin of ['https://app.example', gateway.url]) {
      const socket = open({ origin })
      await once(socket, 'open')
      socket.terminate()
    }
  })

  it('refuse other paths', async () => {
    const socket = new WebSocket(address().replace('/graphql', '/other'), 'graphql-transport-ws').on('error', () => {})
    expect((await once(socket, 'unexpected-response'))[1].statusCode).toBe(404)
  })

  it('close on a message over 64 KiB', async () => {
    const socket = open()
    await once(socket, 'open')
    socket.send(JSON.stringify({ type: 'connection_init', payload: { filler: 'x'.repeat(70_000) } }))
    expect(await closeCode(socket)).toBe(1009)
  })

  it('close on a second init, and on operations before the first', async () => {
    const twice = open()
    await once(twice, 'open')
    twice.send('{"type":"connection_init"}')
    twice.send('{"type":"connection_init"}')
    expect(await closeCode(twice)).toBe(4429)
    const early = open()
    await once(early, 'open')
    early.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: CHANGES } }))
    expect(await closeCode(early)).toBe(4401)
  })

  it('close without an init within five seconds', async () => {
    const started = performance.now()
    const socket = open()
    expect(await closeCode(socket)).toBe(4408)
    expect(performance.now() - started).toBeGreaterThan(4900)
  }, 10_000)

  it('hold a hundred subscriptions and no more', async () => {
    const { subscribe } = gateway.connect({ authorization: await bearer() })
    const many = Array.from({ length: 100 }, () => subscribe(CHANGES))
    for (const events of many) void events.next().catch(() => {})
    await until(() => listeners() === 100)
    await expect(subscribe(CHANGES).next()).rejects.toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }])
    await Promise.all(many.map((events) => events.return!()))
    await until(() => listeners() === 0)
  })

  it('apply the same limits and checks to operations', async () => {
    const { subscribe } = gateway.connect({ authorization: await bearer() })
    const aliases = Array.from({ length: 31 }, (_, i) => `a${i}: id`).join(' ')
    await expect(
      subscribe(`subscription { documentChanged { document { ${aliases} } } }`).next(),
    ).rejects.toMatchObject([{ extensions: { code: 'OPERATION_TOO_LARGE' } }])
    await expect(subscribe('subscription { documentChanged { nothing } }').next()).rejects.toMatchObject([
      { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
    ])
    await expect(
      subscribe('subscription ($id: ID!) { documentChanged(id: $id) { document { id } } }').next(),
    ).rejects.toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
  })

  it('say that they go when the gateway stops', async () => {
    const stopping = await startGateway()
    const { subscribe, closed } = stopping.connect({ authorization: `Bearer ${await stopping.issuer.token()}` })
    void subscribe(CHANGES)
      .next()
      .catch(() => {})
    await until(() => stopping.world.changes.listeners.size === 1)
    await stopping.app.close()
    expect((await closed).code).toBe(1001)
    expect(stopping.world.changes.listeners.size).toBe(0)
    await stopping.close()
  })
})

describe('an open stream', () => {
  it('ends with the next event after its session was revoked, asking at most once a second', async () => {
    let now = Date.now()
    let asked = 0
    const gateway = await startGateway({ overrides: { now: () => now } })
    const has = gateway.shared.state.replay.has
    gateway.shared.state.replay.has = async (keys) => (asked++, has(keys))
    const { subscribe, closed } = gateway.connect({ authorization: `Bearer ${await gateway.issuer.token()}` })
    const events = subscribe(CHANGES)
    const change = () => gateway.world.changes.emit({ documentChanged: { document: { id: 'd1' } } })
    const first = events.next()
    await until(() => gateway.world.changes.listeners.size === 1)
    asked = 0
    change()
    await first
    for (let i = 0; i < 5; i++) {
      change()
      await events.next()
    }
    expect(asked).toBe(0)
    gateway.shared.revoke('session:s1')
    now += 1000
    const last = expect(events.next()).rejects.toBeDefined()
    change()
    await last
    // Once for the session and its rights together; a yes needs to know of which.
    expect(asked).toBe(2)
    expect((await closed).code).toBe(4403)
    await until(() => gateway.world.changes.listeners.size === 0)
    await gateway.close()
  })
})
