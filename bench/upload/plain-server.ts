import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { link, mkdir, open, stat, unlink } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'

/*
 * The least that keeps files as safely as the vault's local driver does: written aside, flushed, then named, the folder
 * flushed too. No tickets, no hashes, no rows. `node plain-server.ts FOLDER` prints its port.
 */
const root = path.resolve(process.argv[2] ?? '')
const staging = path.join(root, '.staging')
await mkdir(staging, { recursive: true })

async function put(request: IncomingMessage, file: string): Promise<void> {
  const staged = path.join(staging, randomUUID())
  const handle = await open(staged, 'wx', 0o600)
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) await handle.write(chunk)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await mkdir(path.dirname(file), { recursive: true })
  await link(staged, file)
  await unlink(staged)
  for (const folder of [path.dirname(file), path.dirname(path.dirname(file))]) await flush(folder)
}

async function flush(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  await handle.sync().finally(() => handle.close())
}

async function get(file: string, response: ServerResponse): Promise<void> {
  const { size } = await stat(file)
  response.setHeader('content-length', size)
  createReadStream(file, { highWaterMark: 256 * 1024 }).pipe(response)
}

const server = createServer((request, response) => {
  const file = path.join(root, path.normalize(request.url ?? '/'))
  const work = request.method === 'PUT' ? put(request, file).then(() => response.end()) : get(file, response)
  work.catch((error: Error) => response.writeHead(500).end(error.message))
})
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`))
