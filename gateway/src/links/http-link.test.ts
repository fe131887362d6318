import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocketServer, type WebSocket } from 'ws'
import { SubgraphUnreachable, type SubgraphLink } from '@archivolt/kit/server/subgraph-link'
import { createHttpLink } from './http-link.ts'

describe('the link to a subgraph in another process', () => {
  let answer: (request: IncomingMessage, response: ServerResponse, body: string) => void
  const server = createServer(async (request, response) =>
    answer(request, response, String(Buffer.concat(await request.toArray()))),
  )
  const wss = new WebSocketServer({ server, path: '/graphql', handleProtocols: () => 'graphql-transport-ws' })
  const messages: any[] = []
  let sockets = 0
  let socket: WebSocket
  let link: SubgraphLink
  beforeAll(async () => {
    wss.on('connection', (opened) => {
      sockets++
      socket = opened
      opened.on('message', (data) => {
        const message = JSON.parse(String(data))
        messages.push(message)
        if (message.type === 'connection_init') opened.send('{"type":"connection_ack"}')
      })
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    link = createHttpLink('documents', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  })
  afterAll(async () => {
    await link.close()
    server.close()
    server.closeAllConnections()
  })

  const call = { body: '{"query":"{ a }","variables":{"b":1,"a":2}}', identity: 'signed' }
  const json =
    (body: unknown, status = 200, headers = {}) =>
    (_: IncomingMessage, response: ServerResponse) =>
      void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
  const reached = async (count: number) => {
    while (messages.filter(({ type }) => type === 'subscribe').length < count)
      await new Promise((resolve) => setTimeout(resolve, 5))
  }

  it('sends the body as it was signed, and brings the cookies back', async () => {
    let seen: [string, unknown, unknown] | undefined
    answer = (request, response, body) => {
      seen = [body, request.headers['x-archivolt-identity'], request.headers.cookie]
      json({ data: { a: 1 } }, 200, { 'set-cookie': ['a=1', 'b=2'] })(request, response)
    }
    expect(await link.execute({ ...call, cookie: 'archivolt_refresh=r' })).toEqual({
      result: { data: { a: 1 } },
      setCookies: ['a=1', 'b=2'],
    })
    expect(seen).toEqual([call.body, 'signed', 'archivolt_refresh=r'])
  })

  it('takes a GraphQL result of any status', async () => {
    answer = json({ errors: [{ message: 'no' }] }, 400)
    expect((await link.execute(call)).result.errors).toEqual([{ message: 'no' }])
  })

  it.each<[string, typeof answer]>([
    [
      'an error page',
      (_, response) => void response.writeHead(500, { 'content-type': 'text/html' }).end('<h1>at db.internal</h1>'),
    ],
    ['JSON that is no result', json({ error: { code: 'identity_refused' } }, 401)],
    ['a cut connection', (request) => void request.socket.destroy()],
    [
      'an endless answer',
      (_, response) => {
        const more = () => {
          while (!response.destroyed && response.write('x'.repeat(1024 * 1024)));
        }
        response.on('drain', more)
        more()
      },
    ],
  ])('calls %s unreachable, and does not say where it is', async (_name, given) => {
    answer = given
    const error = await link.execute(call).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(SubgraphUnreachable)
    expect((error as Error).message).toBe('The documents service is not reachable right now.')
  })

  it('stops when it is told to', async () => {
    const closed = Promise.withResolvers<void>()
    const stop = new AbortController()
    answer = (_, response) => {
      response.on('close', () => closed.resolve())
      stop.abort()
    }
    await expect(link.execute({ ...call, signal: stop.signal })).rejects.toThrow(SubgraphUnreachable)
    await closed.promise
  })

  it('carries subscriptions over one socket, each with its own identity', async () => {
    messages.length = 0
    const streams = [link.subscribe({ ...call, identity: 'one' }), link.subscribe({ ...call, identity: 'two' })]
    await reached(2)
    expect(sockets).toBe(1)
    const subscribes = messages.filter(({ type }) => type === 'subscribe')
    expect(subscribes.map(({ payload }) => payload.extensions)).toEqual([{ identity: 'one' }, { identity: 'two' }])
    const { query, variables, operationName } = subscribes[0].payload
    expect(JSON.stringify({ query, variables, operationName })).toBe(call.body)
    socket.send(JSON.stringify({ id: subscribes[1].id, type: 'next', payload: { data: { a: 2 } } }))
    expect((await streams[1]!.next()).value).toEqual({ data: { a: 2 } })
    socket.send(JSON.stringify({ id: subscribes[1].id, type: 'complete' }))
    expect((await streams[1]!.next()).done).toBe(true)
    await streams[0]!.return!()
    while (!messages.some(({ type, id }) => type === 'complete' && id === subscribes[0].id))
      await new Promise((resolve) => setTimeout(resolve, 5))
  })

  it('turns a refusal into a result with errors', async () => {
    messages.length = 0
    const stream = link.subscribe(call)
    await reached(1)
    socket.send(JSON.stringify({ id: messages.at(-1).id, type: 'error', payload: [{ message: 'no' }] }))
    expect([await stream.next(), await stream.next()]).toEqual([
      { done: false, value: { errors: [{ message: 'no' }] } },
      { done: true, value: undefined },
    ])
  })

  it.each([1000, 1001, 1011, 4500])(
    'loses its subscriptions with the socket (code %i) and opens none again',
    async (code) => {
      messages.length = 0
      const stream = link.subscribe(call)
      await reached(1)
      const before = sockets
      socket.close(code)
      await expect(stream.next()).rejects.toThrow(SubgraphUnreachable)
      await new Promise((resolve) => setTimeout(resolve, 50))
      expect([sockets, messages.filter(({ type }) => type === 'subscribe').length]).toEqual([before, 1])
    },
  )

  it('ends a subscription by its signal, also before anything happened', async () => {
    const stop = new AbortController()
    const stream = link.subscribe({ ...call, signal: stop.signal })
    const waiting = stream.next()
    stop.abort()
    expect((await waiting).done).toBe(true)
    expect((await link.subscribe({ ...call, signal: AbortSignal.abort() }).next()).done).toBe(true)
  })

  it('says so when there is nothing at the address', async () => {
    const nowhere = createHttpLink('ai', 'http://127.0.0.1:1')
    await expect(nowhere.execute(call)).rejects.toThrow(SubgraphUnreachable)
    await expect(nowhere.subscribe(call).next()).rejects.toThrow(SubgraphUnreachable)
    await nowhere.close()
  })
})
