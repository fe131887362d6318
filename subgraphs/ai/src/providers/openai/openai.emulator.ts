import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** How the server answers a chat. It answers `topics` until told otherwise. */
export type Behaviour =
  /** A proper answer, held to `maxItems` where the request has a schema. */
  | { kind: 'topics'; topics: readonly unknown[] }
  /** Whatever the model is to say. */
  | { kind: 'content'; content: string | null }
  /** A body that is no chat completion. */
  | { kind: 'body'; body: string; contentType?: string }
  | { kind: 'status'; status: number; body?: unknown; headers?: Record<string, string> }
  /** Answers its topics after this long. */
  | { kind: 'slow'; ms: number }
  /** Sends half an answer and falls silent. */
  | { kind: 'hang' }
  /** Takes the request and cuts the connection, before or within the answer. */
  | { kind: 'cut'; within?: boolean }
  /** Sends without end. */
  | { kind: 'endless' }

export interface RecordedRequest {
  method: string
  path: string
  key: string | null
  body: ChatRequest | null
}

interface ChatRequest {
  model: string
  messages: { role: string; content: string }[]
  max_tokens?: number
  max_completion_tokens?: number
  response_format?: { json_schema?: { schema?: { properties?: { topics?: { maxItems?: number } } } } }
}

export interface OpenAiEmulator {
  /** With its `/v1`. */
  readonly url: string
  /** Every request that arrived, whatever became of it. */
  readonly requests: RecordedRequest[]
  /** Answers the next chats like this, one each. */
  next(...behaviours: Behaviour[]): void
  /** Answers every chat like this that `next` says nothing of. */
  always(behaviour: Behaviour): void
  /** Refuses requests with a `response_format`, as servers do that have none. */
  refuseSchemas(refuse: boolean): void
  /** Stops listening and cuts every connection; `back` opens the same address again. */
  gone(): Promise<void>
  back(): Promise<void>
  close(): Promise<void>
}

export interface EmulatorOptions {
  /** The key that requests must bear; without it any will do. */
  key?: string
  /** @default ['test-model'] */
  models?: readonly string[]
}

const DEFAULT: Behaviour = { kind: 'topics', topics: ['Correspondence'] }

/** A server that speaks as much of OpenAI's protocol as Archivolt uses, and misbehaves on demand. For tests. */
export async function startOpenAiEmulator({
  key,
  models = ['test-model'],
}: EmulatorOptions = {}): Promise<OpenAiEmulator> {
  const requests: RecordedRequest[] = []
  const queue: Behaviour[] = []
  let standing = DEFAULT
  let schemasRefused = false

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const text = await readBody(request)
    const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? null
    const body = text ? (JSON.parse(text) as ChatRequest) : null
    requests.push({ method: request.method ?? '', path: request.url ?? '', key: given, body })
    // The worst of servers: it repeats what it was sent.
    if (key !== undefined && given !== key)
      return fail(response, 401, `Incorrect API key provided: ${given}`, 'invalid_api_key')
    if (request.method === 'GET' && request.url === '/v1/models') {
      return json(response, 200, {
        object: 'list',
        data: models.map((id) => ({ id, object: 'model', created: 0, owned_by: 'test' })),
      })
    }
    if (request.method !== 'POST' || request.url !== '/v1/chat/completions' || !body)
      return fail(response, 404, 'Unknown request URL', null)
    if (!models.includes(body.model))
      return fail(response, 404, `The model ${body.model} does not exist`, 'model_not_found')
    if (schemasRefused && body.response_format)
      return fail(response, 400, 'This response_format type is unavailable now', 'invalid_request_error')
    return behave(queue.shift() ?? standing, body, text, response)
  }

  let server: Server
  const open = async (port: number) => {
    server = createServer((request, response) => {
      answer(request, response).catch(() => response.destroy())
    })
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
    return (server.address() as AddressInfo).port
  }
  const gone = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  const port = await open(0)

  return {
    url: `http://127.0.0.1:${port}/v1`,
    requests,
    next: (...behaviours) => void queue.push(...behaviours),
    always: (behaviour) => void (standing = behaviour),
    refuseSchemas: (refuse) => void (schemasRefused = refuse),
    gone,
    back: async () => void (await open(port)),
    close: gone,
  }
}

async function behave(behaviour: Behaviour, body: ChatRequest, text: string, response: ServerResponse): Promise<void> {
  switch (behaviour.kind) {
    case 'topics': {
      const max = body.response_format?.json_schema?.schema?.properties?.topics?.maxItems
      return json(response, 200, completion(body, JSON.stringify({ topics: behaviour.topics.slice(0, max) })))
    }
    case 'content':
      return json(response, 200, completion(body, behaviour.content))
    case 'body':
      return void response
        .writeHead(200, { 'content-type': behaviour.contentType ?? 'application/json' })
        .end(behaviour.body)
    case 'status':
      return json(
        response,
        behaviour.status,
        behaviour.body ?? { error: { message: `Cannot do: ${text}`, type: 'server_error', code: null } },
        behaviour.headers,
      )
    case 'slow':
      return void setTimeout(() => json(response, 200, completion(body, '{"topics":["Late"]}')), behaviour.ms).unref()
    case 'hang':
      return void response
        .writeHead(200, { 'content-type': 'application/json' })
        .write('{"choices":[{"message":{"content":"{')
    case 'cut':
      if (!behaviour.within) return void response.destroy()
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"choices":[')
      return void setTimeout(() => response.destroy(), 20).unref()
    case 'endless': {
      const chunk = ' '.repeat(64 * 1024)
      response.writeHead(200, { 'content-type': 'application/json' })
      const pump = () => {
        while (!response.destroyed && response.write(chunk));
        if (!response.destroyed) response.once('drain', pump)
      }
      return pump()
    }
  }
}

function completion(body: ChatRequest, content: string | null) {
  const choice = { index: 0, message: { role: 'assistant', content }, finish_reason: 'stop', logprobs: null }
  return { id: 'chatcmpl-1', object: 'chat.completion', created: 0, model: body.model, choices: [choice] }
}

function fail(response: ServerResponse, status: number, message: string, code: string | null): void {
  json(response, status, { error: { message, type: 'invalid_request_error', param: null, code } })
}

function json(response: ServerResponse, status: number, value: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
