import { randomUUID } from 'node:crypto'
import type { ServiceClient } from '@archivolt/kit/server/service-client'
import { z } from 'zod'
import type { LookUpToken } from '../identity/api-tokens.ts'

const answer = z.object({
  token: z
    .object({
      viewer: z.object({
        userId: z.uuid(),
        role: z.enum(['ADMIN', 'USER']),
        groups: z.array(z.string()),
        scopes: z.array(z.string()),
        sessionId: z.uuid(),
      }),
      expiresAt: z.number(),
    })
    .nullable(),
})

const WITHIN_MS = 5000

/** Asks identity about API tokens. */
export const createTokenLookUp =
  (services: ServiceClient): LookUpToken =>
  async (hash, client) => {
    const reply = await services.json('identity', {
      method: 'POST',
      path: '/internal/api-tokens/look-up',
      json: { hash },
      identity: { viewer: null, requestId: randomUUID(), client },
      signal: AbortSignal.timeout(WITHIN_MS),
    })
    return answer.parse(reply).token
  }
