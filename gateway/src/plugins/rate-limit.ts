import { HeaderMap } from '@apollo/server'
import { GraphQLError } from 'graphql'
import type { RateLimit } from '@archivolt/kit/shared-state/rate-limits'
import type { GatewayContext } from '../context.ts'
import { networkOf } from '../http/client-info.ts'
import type { SharedState } from '../shared-state.ts'
import type { GatewayPlugin } from './plugin.ts'

interface Options {
  limits: SharedState['rateLimits']
  /** Of a signed-in person. @default 6,000 a minute, so that a program of theirs can bring in thousands of files */
  signedIn?: RateLimit
  /** Of a network without a person. @default 600 a minute: far more than signing in takes, far less than a flood */
  stranger?: RateLimit
}

/** Bounds how often a person, or an address without one, may ask. */
export function rateLimit({
  limits,
  signedIn = { points: 6000, windowSeconds: 60 },
  stranger = { points: 600, windowSeconds: 60 },
}: Options): GatewayPlugin {
  return {
    async admit(_operation, context) {
      const limit = context.session ? signedIn : stranger
      const { allowed, retryAfterSeconds } = await limits.consume(keyOf(context), limit)
      if (!allowed) throw tooMany(retryAfterSeconds)
    },
  }
}

const keyOf = ({ session, client }: GatewayContext): string =>
  session ? `graphql:user:${session.viewer.userId}` : `graphql:ip:${networkOf(client.ip)}`

function tooMany(retryAfterSeconds: number): GraphQLError {
  const headers = new HeaderMap([['retry-after', String(Math.max(1, Math.ceil(retryAfterSeconds)))]])
  return new GraphQLError('Too many requests. Try again in a moment.', {
    extensions: { code: 'RATE_LIMITED', http: { status: 429, headers } },
  })
}
