import { HeaderMap } from '@apollo/server'
import { GraphQLError } from 'graphql'
import { networkOf } from '@archivolt/kit/net/network-of'
import type { RateLimit } from '@archivolt/kit/shared-state/rate-limits'
import type { SharedState } from '../shared-state.ts'
import type { GatewayPlugin } from './plugin.ts'

interface Options {
  limits: SharedState['rateLimits']
  /** Of a signed-in person. @default 6,000 a minute, so that a program of theirs can bring in thousands of files */
  signedIn?: RateLimit
  /** Of one API token, within what its person has. @default 3,000 a minute, so that one program does not starve the rest */
  token?: RateLimit
  /** Of a network without a person. @default 600 a minute: far more than signing in takes, far less than a flood */
  stranger?: RateLimit
}

/** Bounds how often a person, or an address without one, may ask. */
export function rateLimit({
  limits,
  signedIn = { points: 6000, windowSeconds: 60 },
  token = { points: 3000, windowSeconds: 60 },
  stranger = { points: 600, windowSeconds: 60 },
}: Options): GatewayPlugin {
  const take = async (key: string, limit: RateLimit): Promise<void> => {
    const { allowed, retryAfterSeconds } = await limits.consume(key, limit)
    if (!allowed) throw tooMany(retryAfterSeconds)
  }
  return {
    async admit(_operation, context) {
      const { session, client } = context
      const viewer = session?.viewer
      if (viewer?.scopes) await take(`graphql:token:${viewer.sessionId}`, token)
      if (viewer) await take(`graphql:user:${viewer.userId}`, signedIn)
      else await take(`graphql:ip:${networkOf(client.ip)}`, stranger)
    },
  }
}

function tooMany(retryAfterSeconds: number): GraphQLError {
  const headers = new HeaderMap([['retry-after', String(Math.max(1, Math.ceil(retryAfterSeconds)))]])
  return new GraphQLError('Too many requests. Try again in a moment.', {
    extensions: { code: 'RATE_LIMITED', http: { status: 429, headers } },
  })
}
