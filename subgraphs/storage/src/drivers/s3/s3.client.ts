import type { Agent as HttpAgent } from 'node:http'
import type { Agent as HttpsAgent } from 'node:https'
import { S3Client } from '@aws-sdk/client-s3'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import type { z } from 'zod'
import { createSkewMeter } from '../http/clock-skew.ts'
import { isAws, type s3Config } from './s3.config.ts'

/** What connects; a guard of outbound addresses gives its own. */
export interface Agents {
  http: HttpAgent
  https: HttpsAgent
}

/** Attempts of one request, the first included. The SDK waits between them, longer each time, or as `Retry-After` says. */
const MAX_ATTEMPTS = 5
const CONNECT_TIMEOUT_MS = 5000
/** A connection on which nothing moves for so long is dead. */
const IDLE_TIMEOUT_MS = 60_000
const SOCKETS = { keepAlive: true, maxSockets: 50 }

/** The bucket, with the names of its objects, and the client that reaches it. */
export interface S3Place {
  client: S3Client
  /** Signs addresses for browsers. It never connects. */
  signer: S3Client
  bucket: string
  aws: boolean
  /** The name of an object in the bucket. */
  nameOf(key: string): string
  /** What stands before every name, a slash at its end; may be empty. */
  prefix: string
  /** Milliseconds by which the clock of the service is ahead; null when it has not said. */
  clockSkew(): number | null
}

export function openPlace(config: z.output<typeof s3Config>, agents?: Agents): S3Place {
  const aws = isAws(config.endpoint)
  const prefix = config.prefix ? `${config.prefix.replace(/\/+$/, '')}/` : ''
  const shared = {
    region: config.region,
    credentials: { accessKeyId: config.accessKey, secretAccessKey: config.secretKey },
    // Addresses come from the configuration of the vault, never from variables or files of the machine.
    ignoreConfiguredEndpointUrls: true,
    retryMode: 'standard',
    // The steps of each kind of request are put in order once, not for every request.
    cacheMiddleware: true,
    maxAttempts: MAX_ATTEMPTS,
  }
  const at = (endpoint: string | undefined) => ({
    endpoint,
    forcePathStyle: config.forcePathStyle ?? endpoint !== undefined,
  })
  const checksums = aws ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED'
  const client = new S3Client({
    ...shared,
    ...at(config.endpoint),
    requestChecksumCalculation: checksums,
    responseChecksumValidation: checksums,
    requestHandler: new NodeHttpHandler({
      httpAgent: agents?.http ?? SOCKETS,
      httpsAgent: agents?.https ?? SOCKETS,
      connectionTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: IDLE_TIMEOUT_MS,
    }),
  })
  return {
    client,
    clockSkew: measureSkew(client),
    // A checksum in a presigned address would be that of no bytes, as there are none yet.
    signer: new S3Client({
      ...shared,
      ...at(config.publicEndpoint ?? config.endpoint),
      requestChecksumCalculation: 'WHEN_REQUIRED',
    }),
    bucket: config.bucket,
    aws,
    prefix,
    nameOf: (key) => prefix + key,
  }
}

/** Reads the `Date` of every answer, those that refuse included: a refused signature is often a wrong clock. */
function measureSkew(client: S3Client): () => number | null {
  const meter = createSkewMeter()
  client.middlewareStack.add(
    (next) => async (request) => {
      const sentAt = Date.now()
      const note = (response: unknown) => {
        const { headers } = (response ?? {}) as { headers?: Record<string, string | undefined> }
        meter.note(headers?.date, sentAt, headers?.age)
      }
      try {
        const result = await next(request)
        note(result.response)
        return result
      } catch (error) {
        note((error as { $response?: unknown }).$response)
        throw error
      }
    },
    { step: 'deserialize', name: 'measureSkew' },
  )
  return meter.read
}
