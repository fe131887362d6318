import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type Answer = (request: IncomingMessage, body: string, response: ServerResponse) => unknown

/** A feature whose every answer a test can change. Answers are by `METHOD /path`; what is returned is sent as JSON. */
export async function startFeature(answers: Record<string, Answer>) {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', async () => {
      const answer = answers[`${request.method} ${request.url}`]
      if (!answer) return void response.writeHead(404).end()
      const value = await answer(request, Buffer.concat(chunks).toString('utf8'), response)
      if (value === undefined) return
      response.setHeader('content-type', 'application/json')
      response.end(typeof value === 'string' ? value : JSON.stringify(value))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    answers,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export type Feature = Awaited<ReturnType<typeof startFeature>>

export const featureManifest = (id: string, change: object = {}) => ({
  id,
  name: 'Reading notes',
  version: '1.0.0',
  description: 'Notes beside documents.',
  icon: 'notebook-pen',
  routes: [{ path: '/notes', label: 'Notes', icon: 'notebook-pen' }],
  access: { allowSuperuser: true, requiredGroups: [`${id}-admin`] },
  ...change,
})
