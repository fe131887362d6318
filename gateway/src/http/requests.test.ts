import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import fastify from 'fastify'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { addRequestHooks } from './requests.ts'

const app = fastify({ genReqId: () => 'generated' })
beforeAll(async () => {
  addRequestHooks(app, { receiveWithinMs: 200 })
  app.get('/headers', async (request) => request.headers)
  app.get('/slow', async () => new Promise((resolve) => setTimeout(resolve, 400, 'done')))
  app.post('/body', async () => 'received')
  await app.listen({ port: 0 })
})
afterAll(() => app.close())

it('takes internal headers away, however they are written, and names the request itself', async () => {
  const reply = await app.inject({
    url: '/headers',
    headers: { 'X-Archivolt-Identity': 'a', 'x-archivolt-anything': 'b', 'x-other': 'c' },
  })
  expect(Object.keys(reply.json())).toContain('x-other')
  expect(reply.body).not.toContain('archivolt')
  expect(reply.headers['x-request-id']).toBe('generated')
})

it('cuts whoever sends too slowly, and nobody who waits for an answer', async () => {
  const socket = connect((app.server.address() as AddressInfo).port)
  socket.write('POST /body HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{')
  await once(socket.resume(), 'close')
  const answer = await fetch(`http://localhost:${(app.server.address() as AddressInfo).port}/slow`)
  expect(await answer.text()).toBe('done')
})
