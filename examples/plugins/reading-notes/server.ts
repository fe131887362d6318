import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { graphql } from 'graphql'
import { manifest } from './manifest.ts'
import type { Notes } from './notes.ts'
import { createSchema } from './schema.ts'
import { readPatch, settingsSchema } from './settings.ts'
import type { Verify } from './verify-identity.ts'

interface Deps {
  notes: Notes
  verify: Verify
}

const MAX_BODY = 1024 * 1024

class Refused extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** The four doors of a plugin: manifest, health, settings and subgraph. */
export function createPluginServer({ notes, verify }: Deps): Server {
  const schema = createSchema(notes)

  const answer = async (request: IncomingMessage): Promise<unknown> => {
    const { method = '', url: path = '' } = request
    const body = await readBody(request)
    const viewerOf = async () => {
      try {
        return await verify(request.headers['x-archivolt-identity']?.toString(), { method, path, body })
      } catch (error) {
        throw new Refused(401, `This call carries no valid identity: ${(error as Error).message}.`)
      }
    }
    switch (`${method} ${path}`) {
      case 'GET /plugin/manifest':
        return manifest
      case 'GET /health':
        return { status: 'ok', parts: {} }
      case 'GET /plugin/settings':
        await viewerOf()
        return { schema: settingsSchema, values: notes.settings() }
      case 'PATCH /plugin/settings':
        // The vault has made sure that it is an administrator of this plugin who asks.
        await viewerOf()
        await notes.changeSettings(refusing(() => readPatch(JSON.parse(body))))
        return { schema: settingsSchema, values: notes.settings() }
      case 'POST /graphql': {
        const viewer = await viewerOf()
        const { query, variables, operationName } = JSON.parse(body) as {
          query: string
          variables?: Record<string, unknown>
          operationName?: string
        }
        return graphql({ schema, source: query, variableValues: variables, operationName, contextValue: { viewer } })
      }
      default:
        throw new Refused(404, 'There is nothing here.')
    }
  }

  return createServer((request, response) => {
    answer(request).then(
      (value) => send(response, 200, value),
      (error: Error) => {
        if (!(error instanceof Refused)) process.stderr.write(`${error.stack ?? error.message}\n`)
        const message = error instanceof Refused ? error.message : 'Something went wrong.'
        send(response, error instanceof Refused ? error.status : 500, { error: { message } })
      },
    )
  })
}

function refusing<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw new Refused(422, (error as Error).message)
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BODY) throw new Refused(413, 'That is too much.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function send(response: ServerResponse, status: number, value: unknown): void {
  if (response.headersSent || response.destroyed) return
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}
