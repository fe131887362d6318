import type { Readable } from 'node:stream'
import { Agent, request } from 'undici'
import { DomainError, NotFoundError, UnavailableError } from '../errors/domain-error.ts'
import { IDENTITY_HEADER, type Identity } from '../identity/identity.ts'
import type { SignIdentity } from '../identity/sign.ts'
import type { ServiceDirectory, ServiceName } from './service-directory.ts'

export interface ServiceRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  path: string
  /** Sent as JSON and covered by the signature. */
  json?: unknown
  /** Sent as it comes, instead of JSON; the signature does not cover it. */
  bytes?: Readable | Buffer
  identity: Omit<Identity, 'caller'>
  signal?: AbortSignal
}

export interface OpenAnswer {
  headers: Record<string, string | string[] | undefined>
  /** Destroy it to stop. */
  body: Readable
}

export interface ServiceClient {
  /** The parsed JSON of the answer. @throws NotFoundError, UnavailableError, DomainError with the other side's code */
  json(service: ServiceName, request: ServiceRequest): Promise<unknown>
  /** The bytes of the answer, unread; destroy the stream to stop it. @throws like `json` */
  stream(service: ServiceName, request: ServiceRequest): Promise<Readable>
  /** The bytes of the answer, unread, beside its headers; null when there is nothing there. @throws like `json` */
  open(service: ServiceName, request: ServiceRequest): Promise<OpenAnswer | null>
  close(): Promise<void>
}

/** Answers of internal contracts are small; more than this is a fault. */
const MAX_JSON = 4 * 1024 * 1024

/** Calls from one service to another over the internal HTTP contracts, each signed for exactly that call. */
export function createServiceClient(directory: ServiceDirectory, sign: SignIdentity): ServiceClient {
  const agent = new Agent({
    connect: { timeout: 5000 },
    headersTimeout: 30_000,
    bodyTimeout: 60_000,
    keepAliveTimeout: 30_000,
    connections: 64,
  })

  const send = async (service: ServiceName, call: ServiceRequest) => {
    const body = call.json === undefined ? '' : JSON.stringify(call.json)
    const token = await sign(service, call.identity, { method: call.method, path: call.path, body })
    try {
      return await request(directory[service] + call.path, {
        method: call.method,
        body: call.bytes ?? (body || undefined),
        headers: {
          [IDENTITY_HEADER]: token,
          ...(body && { 'content-type': 'application/json' }),
          ...(call.bytes && { 'content-type': 'application/octet-stream' }),
        },
        signal: call.signal,
        dispatcher: agent,
      })
    } catch (error) {
      if (call.signal?.aborted) throw error
      throw new UnavailableError(`The ${service} service`, { cause: error })
    }
  }

  return {
    async json(service, call) {
      const reply = await send(service, call)
      const text = await readText(reply.body, service)
      if (reply.statusCode >= 400) throw toError(service, reply.statusCode, text)
      return text === '' ? undefined : JSON.parse(text)
    },
    async stream(service, call) {
      const reply = await send(service, call)
      if (reply.statusCode >= 400) throw toError(service, reply.statusCode, await readText(reply.body, service))
      return reply.body
    },
    async open(service, call) {
      const reply = await send(service, call)
      if (reply.statusCode === 404) {
        await reply.body.dump()
        return null
      }
      if (reply.statusCode >= 400) throw toError(service, reply.statusCode, await readText(reply.body, service))
      return { headers: reply.headers, body: reply.body }
    },
    close: () => agent.close(),
  }
}

async function readText(body: AsyncIterable<Buffer>, service: string): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of body) {
      size += chunk.length
      if (size > MAX_JSON) throw new Error('answer too large')
      chunks.push(chunk)
    }
  } catch (error) {
    throw new UnavailableError(`The ${service} service`, { cause: error })
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** An error of the other side that a person may act on keeps its code and sentence; the rest says the service failed. */
function toError(service: string, status: number, text: string): Error {
  const { code, message } = parseError(text)
  if (status === 404) return new NotFoundError('It', { code })
  if (status >= 500 || status === 401 || !code || !message)
    return new UnavailableError(`The ${service} service`, { cause: new Error(`${status} ${text.slice(0, 200)}`) })
  return new DomainError(code, message)
}

function parseError(text: string): { code?: string; message?: string } {
  try {
    return (JSON.parse(text) as { error?: { code?: string; message?: string } }).error ?? {}
  } catch {
    return {}
  }
}
