import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startGateway, until, type Started } from './support/start.ts'
import { USER_ID } from './support/tokens.ts'

describe.each(['process', 'http'] as const)('the gateway over subgraphs reached by %s', (variant) => {
  let gateway: Started
  let authorization: string
  beforeAll(async () => {
    gateway = await startGateway({ variant })
    authorization = `Bearer ${await gateway.issuer.token()}`
  })
  afterAll(() => gateway.close())

  const signedIn = () => ({ authorization })
  const listeners = () => gateway.world.changes.listeners.size
  const change = (id: string) => gateway.world.changes.emit({ documentChanged: { document: { id } } })

  it('joins three subgraphs in one answer, with aliases, fragments and variables', async () => {
    const { data, errors } = await gateway.query(
      `query ($id: ID!, $max: Int, $more: Boolean!) {
        doc: document(id: $id) { ...Card heading: title summary @include(if: $more) }
      }
      fragment Card on Document { id topics(max: $max) owner { who: name documents { id } } }`,
      { id: 'd1', max: 1, more: false },
      signedIn(),
    )
    expect(errors).toBeUndefined()
    expect(data).toEqual({
      doc: {
        id: 'd1',
        heading: 'title d1',
        topics: ['d1-a'],
        owner: { who: 'user u1', documents: [{ id: 'd1' }, { id: 'd2' }] },
      },
    })
  })

  it('tells each subgraph the verified viewer, the request id and the client', async () => {
    gateway.world.seen.length = 0
    const { data, headers } = await gateway.query(
      '{ me { id } }',
      {},
      { ...signedIn(), 'user-agent': 'a test', 'x-request-id': 'mine' },
    )
    expect(data.me.id).toBe(USER_ID)
    const { identity } = gateway.world.seen[0]!.context
    expect(identity).toMatchObject({ caller: 'gateway', client: { ip: '127.0.0.1', userAgent: 'a test' } })
    expect(identity.viewer).toEqual({
      userId: USER_ID,
      role: 'USER',
      groups: [],
      groupIds: [],
      scopes: null,
      sessionId: 's1',
    })
    expect(headers.get('x-request-id')).toBe(identity.requestId)
    expect(identity.requestId).not.toBe('mine')
  })

  it('lets anonymous callers ask, as nobody', async () => {
    expect((await gateway.query('{ me { id } documents { id } }')).data).toEqual({
      me: null,
      documents: [{ id: 'd1' }, { id: 'd2' }],
    })
  })

  it('does not believe identity headers of a client', async () => {
    const stolen = await gateway.query(
      '{ me { id } }',
      {},
      { 'x-archivolt-identity': 'anything', 'X-Archivolt-User': USER_ID },
    )
    expect(stolen.data).toEqual({ me: null })
  })

  it('shows neither _entities nor _service outside', async () => {
    for (const query of [
      '{ _service { sdl } }',
      '{ _entities(representations: [{ __typename: "User", id: "u1" }]) { __typename } }',
    ]) {
      const { status, errors, data } = await gateway.query(query, {}, signedIn())
      expect([status, data, errors![0]!.extensions.code]).toEqual([400, undefined, 'GRAPHQL_VALIDATION_FAILED'])
    }
  })

  it('carries the refresh cookie for session mutations alone', async () => {
    const cookie = 'theme=dark; archivolt_refresh=r0; sid=x'
    gateway.world.cookiesSeen.length = 0
    const login = await gateway.query('mutation { again: login(email: "a") }', {}, { cookie })
    expect(gateway.world.cookiesSeen).toEqual(['archivolt_refresh=r0'])
    expect(login.headers.getSetCookie()).toEqual(['archivolt_refresh=login; HttpOnly; SameSite=Strict; Path=/'])
    const group = await gateway.query('mutation { createGroup }', {}, { cookie })
    const mixed = await gateway.query('mutation { login createGroup }', {}, { cookie })
    expect(gateway.world.cookiesSeen.slice(1)).toEqual([undefined, undefined, undefined])
    expect([...group.headers.getSetCookie(), ...mixed.headers.getSetCookie()]).toEqual([])
  })

  it('masks what went wrong inside, and passes on what a client can act on', async () => {
    const { data, errors, text, headers } = await gateway.query('{ boom unknownThing missing aiState }')
    expect(data).toEqual({ boom: null, unknownThing: null, missing: null, aiState: 'ok' })
    const byPath = Object.fromEntries(errors!.map((error) => [error.path![0], error]))
    expect(byPath.boom).toMatchObject({
      extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: headers.get('x-request-id') },
    })
    expect(byPath.unknownThing).toMatchObject({
      message: 'There is no such thing.',
      extensions: { code: 'identity.thing.unknown' },
    })
    expect(byPath.missing!.extensions.code).toBe('UNAUTHENTICATED')
    expect(text).not.toMatch(/prisma|ECONNREFUSED|10\.1\.2\.3|stack|serviceName|valueCompletion/i)
  })

  it('says so when a subgraph breaks its schema', async () => {
    const { data, errors, text } = await gateway.query('{ broken }')
    expect([data, errors![0]!.extensions.code]).toEqual([null, 'INTERNAL_SERVER_ERROR'])
    expect(text).not.toMatch(/non-null/i)
  })

  it('streams events that select fields of two other subgraphs', async () => {
    const { subscribe } = gateway.connect({ authorization })
    const events = subscribe(
      `subscription ($id: ID, $max: Int) { change: documentChanged(id: $id) { document { ...Card owner { name } } } }
       fragment Card on Document { id name: title topics(max: $max) }`,
      { id: 'd2', max: 1 },
    )
    const first = events.next()
    await until(() => listeners() === 1)
    change('d1')
    change('d2')
    expect((await first).value).toEqual({
      data: { change: { document: { id: 'd2', name: 'title d2', topics: ['d2-a'], owner: { name: 'user u1' } } } },
    })
    change('d2')
    expect((await events.next()).value.data.change.document.id).toBe('d2')
    await events.return!()
    await until(() => listeners() === 0)
  })

  it('closes the upstream when a client unsubscribes before the first event', async () => {
    const { subscribe } = gateway.connect({ authorization })
    const events = subscribe('subscription { documentChanged { document { id } } }')
    void events.next()
    await until(() => listeners() === 1)
    await events.return!()
    await until(() => listeners() === 0)
  })

  it('closes the upstream when the client vanishes', async () => {
    const { subscribe, kill } = gateway.connect({ authorization })
    const events = subscribe('subscription { documentChanged { document { id } } }')
    const lost = expect(events.next()).rejects.toBeDefined()
    await until(() => listeners() === 1)
    kill()
    await lost
    await until(() => listeners() === 0)
  })

  it('leaves other subscriptions on the same upstream alone', async () => {
    const one = gateway.connect({ authorization }).subscribe('subscription { documentChanged { document { id } } }')
    const two = gateway.connect({ authorization }).subscribe('subscription { documentChanged { document { id } } }')
    void one.next()
    const kept = two.next()
    await until(() => listeners() === 2)
    await one.return!()
    await until(() => listeners() === 1)
    change('d1')
    expect((await kept).value.data.documentChanged.document.id).toBe('d1')
    await two.return!()
    await until(() => listeners() === 0)
  })

  it('passes the refusal of a subscription on', async () => {
    const { value } = await gateway.connect().subscribe('subscription { documentChanged { document { id } } }').next()
    expect(value).toMatchObject({
      errors: [{ message: 'Sign in to continue.', extensions: { code: 'UNAUTHENTICATED' } }],
    })
  })

  it('sends queries over a socket away, and subscriptions over HTTP', async () => {
    const events = gateway.connect({ authorization }).subscribe('{ documents { id } }')
    await expect(events.next()).rejects.toMatchObject([{ extensions: { code: 'BAD_REQUEST' } }])
    const { status, errors } = await gateway.query(
      'subscription { documentChanged { document { id } } }',
      {},
      signedIn(),
    )
    expect([status, errors![0]!.extensions.code]).toEqual([400, 'BAD_REQUEST'])
  })
})

describe('a subgraph that is gone', () => {
  let gateway: Started
  beforeAll(async () => {
    gateway = await startGateway({ variant: 'http' })
  })
  afterAll(() => gateway.close())

  it('leaves the rest of an answer and of an event whole', async () => {
    const authorization = `Bearer ${await gateway.issuer.token()}`
    const events = gateway
      .connect({ authorization })
      .subscribe('subscription { documentChanged { document { id summary } } }')
    const next = events.next()
    await until(() => gateway.world.changes.listeners.size === 1)
    await gateway.servers[2]!.close()

    const { data, errors, text } = await gateway.query('{ documents { id summary } }')
    expect(data.documents[0]).toEqual({ id: 'd1', summary: null })
    expect(errors).toMatchObject([
      { message: 'The ai service is not reachable right now.', extensions: { code: 'UNAVAILABLE', service: 'ai' } },
    ])
    expect(text).not.toMatch(/127\.0\.0\.1|ECONN|socket/)

    gateway.world.changes.emit({ documentChanged: { document: { id: 'd1' } } })
    expect((await next).value).toMatchObject({
      data: { documentChanged: { document: { id: 'd1', summary: null } } },
      errors: [{ message: 'The ai service is not reachable right now.', extensions: { code: 'UNAVAILABLE' } }],
    })
  })

  it('ends its subscriptions with an error instead of opening them again', async () => {
    const authorization = `Bearer ${await gateway.issuer.token()}`
    const events = gateway.connect({ authorization }).subscribe('subscription { documentChanged { document { id } } }')
    const lost = expect(events.next()).rejects.toMatchObject([
      { message: 'The documents service is not reachable right now.', extensions: { code: 'UNAVAILABLE' } },
    ])
    await until(() => gateway.world.changes.listeners.size >= 1)
    await gateway.servers[1]!.close()
    await lost
  })
})
