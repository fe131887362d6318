import type { KeyObject } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { JSONWebKeySet } from 'jose'
import type { FetchJwks } from '../identity/key-set.ts'
import { errorBody } from './answer-error.ts'

/** Identity's public keys, for whoever wants to verify access tokens. */
export function addKeys(app: FastifyInstance, fetchJwks: FetchJwks): void {
  app.get('/.well-known/jwks.json', async (request, reply) => {
    try {
      return await reply.header('cache-control', 'public, max-age=60').send(await fetchJwks(AbortSignal.timeout(5000)))
    } catch {
      return reply
        .code(503)
        .header('cache-control', 'no-store')
        .send(errorBody(request, 'UNAVAILABLE', 'The keys cannot be read right now.'))
    }
  })
}

/** The public half of the key that signs identities for services, so that a feature can tell who calls it. */
export function addServiceKey(app: FastifyInstance, publicKey: KeyObject): void {
  const key = { ...publicKey.export({ format: 'jwk' }), kid: 'service-identity', alg: 'EdDSA', use: 'sig' }
  app.get('/.well-known/service-keys.json', async (_request, reply) =>
    reply.header('cache-control', 'public, max-age=300').send({ keys: [key] }),
  )
}

/** Reads the key set of identity in another process. The returned function rejects when there is none. */
export const jwksOver =
  (url: string): FetchJwks =>
  async (signal) => {
    const answer = await fetch(new URL('/.well-known/jwks.json', url), { signal, redirect: 'error' })
    if (!answer.ok) throw new Error(`status ${answer.status}`)
    return (await answer.json()) as JSONWebKeySet
  }
