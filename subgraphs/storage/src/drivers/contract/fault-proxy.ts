import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Faults } from './faults.ts'

export interface CannedAnswer {
  status: number
  headers?: Record<string, string>
  body?: string
}

export interface FaultProxyOptions {
  /** How this kind of place says that it is busy, full, or closed to the account. */
  answers: Record<'busy' | 'full' | 'denied', CannedAnswer>
  /** Whether a request makes an object readable. */
  publishes(request: IncomingMessage): boolean
}

export interface FaultProxy {
  url: string
  faults: Faults
  close(): Promise<void>
}

/** A door before a real server on loopback that hands everything on, but for the faults it is told to make. */
export async function startFaultProxy(target: string, { answers, publishes }: FaultProxyOptions): Promise<FaultProxy> {
  const { hostname, port } = new URL(target)
  let cutUploadAt: number | null = null
  let cutDownloadAt: number | null = null
  let loseNext = false
  let busyLeft = 0
  let refusal: CannedAnswer | null = null

  const server = createServer((incoming, outgoing) => {
    const upload = incoming.method === 'PUT' && incoming.headers['content-length'] !== '0'
    if (busyLeft > 0) {
      busyLeft -= 1
      return refuse(incoming, outgoing, answers.busy)
    }
    if (upload && refusal) {
      const answer = refusal
      refusal = null
      return refuse(incoming, outgoing, answer)
    }
    const losing = loseNext && publishes(incoming)
    if (losing) loseNext = false

    const { method, url: path, headers } = incoming
    const onward = request({ hostname, port, method, path, headers, agent: false }, (answer) => {
      if (losing) {
        answer.resume()
        answer.once('end', () => incoming.socket.destroy())
        return
      }
      outgoing.writeHead(answer.statusCode ?? 500, answer.rawHeaders)
      const cut =
        method === 'GET' && Number(answer.headers['content-length']) > (cutDownloadAt ?? Infinity)
          ? cutDownloadAt
          : null
      if (cut === null) return void answer.pipe(outgoing)
      cutDownloadAt = null
      passUntil(answer, cut, outgoing, () => incoming.socket.destroy())
    })
    const broken = () => {
      onward.destroy()
      incoming.socket.destroy()
    }
    onward.on('error', broken)
    incoming.on('error', broken)
    outgoing.on('close', () => onward.destroy())
    if (!upload || cutUploadAt === null) return void incoming.pipe(onward)
    const at = cutUploadAt
    cutUploadAt = null
    passUntil(incoming, at, onward, broken)
  })
  server.requestTimeout = 0
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults: {
      cutUpload: (afterBytes) => void (cutUploadAt = afterBytes),
      cutDownload: (afterBytes) => void (cutDownloadAt = afterBytes),
      loseAnswer: () => void (loseNext = true),
      busy: (requests) => void (busyLeft = requests),
      full: () => void (refusal = answers.full),
      denied: () => void (refusal = answers.denied),
    },
    async close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** Hears the request out, as a server does that knows its answer early. */
function refuse(incoming: IncomingMessage, outgoing: ServerResponse, answer: CannedAnswer): void {
  incoming.resume()
  incoming.once('end', () =>
    outgoing.writeHead(answer.status, answer.headers).end(incoming.method === 'HEAD' ? undefined : answer.body),
  )
}

/** Hands on so many bytes, waits until they are gone, and cuts. */
function passUntil(from: IncomingMessage, bytes: number, to: NodeJS.WritableStream, cut: () => void): void {
  let left = bytes
  from.on('data', (chunk: Buffer) => {
    if (left <= 0) return
    const part = chunk.subarray(0, left)
    left -= part.length
    to.write(part, () => left <= 0 && setTimeout(cut, 50))
  })
  from.on('end', () => left > 0 && to.end())
}
