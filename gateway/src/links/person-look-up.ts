import { randomUUID } from 'node:crypto'
import { NotFoundError } from '@archivolt/kit/errors/domain-error'
import type { ServiceClient } from '@archivolt/kit/server/service-client'
import { z } from 'zod'
import type { LookUpPerson } from '../identity/people.ts'

const answer = z.object({
  active: z.boolean(),
  role: z.enum(['ADMIN', 'USER']),
  groups: z.array(z.string()),
  groupIds: z.array(z.string()),
  apps: z.array(z.string()),
  stamps: z.array(z.string()).min(1),
})

const WITHIN_MS = 5000

/** Asks identity what a person may do. */
export const personLookUp =
  (services: ServiceClient): LookUpPerson =>
  async ({ userId }) => {
    try {
      return answer.parse(
        await services.json('identity', {
          method: 'GET',
          path: `/internal/people/${encodeURIComponent(userId)}`,
          identity: { viewer: null, requestId: randomUUID(), client: { ip: '', userAgent: '' } },
          signal: AbortSignal.timeout(WITHIN_MS),
        }),
      )
    } catch (error) {
      if (error instanceof NotFoundError) return null
      throw error
    }
  }
