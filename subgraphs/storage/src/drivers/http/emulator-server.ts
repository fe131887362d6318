import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** One request, read whole: chunks are small enough. */
export interface EmulatedRequest {
  method: string
  url: URL
  headers: Record<string, string | undefined>
  body: Buffer
  /** Which of the emulator's hosts was asked. */
  host: string
}

export interface Answer {
  status: number
  headers?: Record<string, string>
  body?: Buffer | string | object
}

/** What goes wrong with the requests it fits. */
export interface Fault {
  when: (request: { method: string; url: URL; headers: Record<string, string | undefined> }) => boolean
  /** @default 1 */
  times?: number
  /** Fitting requests to let pass before. @default 0 */
  after?: number
  how:
    | { answer: Answer }
    /** The connection ends after so many bytes of the request's body; nothing of it counts. */
    | { breakAfterBytes: number }
    /** The request is carried out, and the connection ends in place of the answer. */
    | { loseAnswer: true }
    /** The connection ends after so many bytes of the answer's body. */
    | { cutAnswerAfter: number }
    /** Something happens first; then the request is carried out. */
    | { first: () => void }
}

export interface Emulator {
  /** Address of each host, without a slash at the end. */
  origins: Record<string, string>
  /** All that was asked, in order. */
  requests: { host: string; method: string; path: string; headers: Record<string, string | undefined>; size: number }[]
  fail(fault: Fault): void
  close(): Promise<void>
}

export type Handle = (request: EmulatedRequest) => Answer | Promise<Answer>

/** Servers on loopback, one for each host a service has, with faults on demand. */
export async function startEmulator(hosts: string[], handle: Handle, port = 0): Promise<Emulator> {
  const faults: { fault: Fault; left: number; skip: number }[] = []
  const emulator: Emulator = {
    origins: {},
    requests: [],
    fail: (fault) => faults.push({ fault, left: fault.times ?? 1, skip: fault.after ?? 0 }),
    async close() {
      await Promise.all(
        servers.map(
          (server) =>
            new Promise<void>((resolve) => {
              server.close(() => resolve())
              server.closeAllConnections()
            }),
        ),
      )
    },
  }
  const faultFor = (request: Parameters<Fault['when']>[0]) => {
    const found = faults.find((one) => one.left > 0 && one.fault.when(request))
    if (!found) return null
    if (found.skip-- > 0) return null
    found.left--
    return found.fault.how
  }

  const serve = async (host: string, message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const headers = message.headers as Record<string, string | undefined>
    const url = new URL(message.url ?? '/', emulator.origins[host])
    const method = message.method ?? 'GET'
    const fault = faultFor({ method, url, headers })
    const record = { host, method, path: url.pathname + url.search, headers, size: 0 }
    emulator.requests.push(record)
    if (fault && 'breakAfterBytes' in fault) return breakOff(message, fault.breakAfterBytes)
    const body = await buffer(message)
    record.size = body.length
    if (fault && 'first' in fault) fault.first()
    const answer = fault && 'answer' in fault ? fault.answer : await handle({ method, url, headers, body, host })
    if (fault && 'loseAnswer' in fault) return void message.socket.destroy()
    write(response, answer, method === 'HEAD', fault && 'cutAnswerAfter' in fault ? fault.cutAnswerAfter : null)
  }

  const servers: Server[] = []
  for (const [index, host] of hosts.entries()) {
    const server = createServer((message, response) => {
      const { socket } = message
      serve(host, message, response).catch(() => socket.destroy())
    })
    await new Promise<void>((resolve) => server.listen(port && port + index, '127.0.0.1', resolve))
    servers.push(server)
    emulator.origins[host] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  return emulator
}

async function breakOff(message: IncomingMessage, after: number): Promise<void> {
  const { socket } = message
  let read = 0
  for await (const piece of message as AsyncIterable<Buffer>) {
    read += piece.length
    if (read >= after) break
  }
  socket.destroy()
}

function write(response: ServerResponse, answer: Answer, headOnly: boolean, cutAfter: number | null): void {
  const { body = '' } = answer
  const isText = typeof body === 'string' || Buffer.isBuffer(body)
  const bytes = isText ? Buffer.from(body as string) : Buffer.from(JSON.stringify(body))
  const type = isText ? {} : { 'content-type': 'application/json' }
  const length = answer.status === 204 || answer.status === 304 ? {} : { 'content-length': String(bytes.length) }
  response.writeHead(answer.status, { ...type, ...length, ...answer.headers })
  if (headOnly) return void response.end()
  if (cutAfter === null) return void response.end(bytes)
  response.write(bytes.subarray(0, cutAfter), () => response.destroy())
}

/** The part of an object a `Range` header asks for. */
export function rangedAnswer(bytes: Buffer, range: string | undefined, headers: Record<string, string> = {}): Answer {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? []
  if (first === undefined) return { status: 200, headers, body: bytes }
  const start = Number(first)
  const end = Math.min(last ? Number(last) : bytes.length - 1, bytes.length - 1)
  if (start > end) return { status: 416, headers: { 'content-range': `bytes */${bytes.length}` } }
  const part = { 'content-range': `bytes ${start}-${end}/${bytes.length}` }
  return { status: 206, headers: { ...headers, ...part }, body: bytes.subarray(start, end + 1) }
}
