import type { ExecutionResult } from 'graphql'
import { Pool, type Dispatcher } from 'undici'
import { IDENTITY_HEADER } from '@archivolt/kit/identity/identity'
import {
  SubgraphUnreachable,
  type SubgraphCall,
  type SubgraphLink,
  type SubgraphReply,
} from '@archivolt/kit/server/subgraph-link'
import { createStreams } from './socket-streams.ts'

const ANSWER_TIMEOUT_MS = 30_000
const MAX_ANSWER_BYTES = 32 * 1024 * 1024

export interface LinkLimits {
  /** @default 30,000 */
  answerWithinMs?: number
  /** @default 33,554,432 */
  maxAnswerBytes?: number
}

/**
 * The way to a subgraph in another process: calls over keep-alive HTTP/1.1, subscriptions over one WebSocket.
 * @param url where the subgraph answers, without a path
 */
export function createHttpLink(name: string, url: string, limits: LinkLimits = {}): SubgraphLink {
  const { answerWithinMs = ANSWER_TIMEOUT_MS, maxAnswerBytes = MAX_ANSWER_BYTES } = limits
  const pool = new Pool(new URL(url).origin, {
    connections: 64,
    connect: { timeout: 5000 },
    // Shorter than what the subgraphs keep, so that a connection is never used while the other side closes it.
    keepAliveTimeout: 30_000,
    headersTimeout: answerWithinMs,
    bodyTimeout: answerWithinMs,
    maxResponseSize: maxAnswerBytes,
  })
  const streams = createStreams(name, url)
  return {
    name,
    async execute(call) {
      try {
        return await send(pool, call)
      } catch (error) {
        throw new SubgraphUnreachable(name, { cause: error })
      }
    },
    subscribe: (call) => streams.open(call),
    async close() {
      await streams.close()
      await pool.close()
    },
  }
}

async function send(pool: Pool, call: SubgraphCall): Promise<SubgraphReply> {
  const reply = await pool.request({
    method: 'POST',
    path: '/graphql',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      [IDENTITY_HEADER]: call.identity,
      ...(call.cookie && { cookie: call.cookie }),
    },
    body: call.body,
    signal: call.signal,
  })
  return { result: await readResult(reply), setCookies: [reply.headers['set-cookie'] ?? []].flat() }
}

/** A GraphQL result may come with any status; an error page of something in between is none. */
async function readResult(reply: Dispatcher.ResponseData): Promise<ExecutionResult> {
  const parsed: unknown = JSON.parse(await reply.body.text())
  if (isResult(parsed)) return parsed
  throw new Error(`status ${reply.statusCode} without a GraphQL result`)
}

function isResult(value: unknown): value is ExecutionResult {
  if (typeof value !== 'object' || value === null) return false
  return ('data' in value && typeof value.data === 'object') || ('errors' in value && Array.isArray(value.errors))
}
