import { NotFoundError } from '@archivolt/kit/errors/domain-error'
import type { ServiceClient } from '@archivolt/kit/server/service-client'
import { z } from 'zod'
import type { Caller } from '../storage/byte-store.ts'

/** Identity, as documents sees it: who is behind a mail address or an id, and whether a group exists. */
export interface Directory {
  /** Null when there is nobody. @throws UnavailableError */
  person(by: { email: string } | { id: string }, as: Caller): Promise<{ id: string } | null>
  /** Null when there is none. @throws UnavailableError */
  group(id: string, as: Caller): Promise<{ id: string } | null>
}

const found = z.object({ id: z.uuid() })
/** A look-up is quick; longer means that the other side is in trouble. */
const TIMEOUT_MS = 5_000

/** The contract `/internal/directory` of identity. */
export function createDirectory(services: ServiceClient): Directory {
  const ask = async (path: string, json: object, as: Caller): Promise<unknown> => {
    try {
      return await services.json('identity', {
        method: 'POST',
        path,
        json,
        identity: as,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
    } catch (error) {
      if (error instanceof NotFoundError) return null
      throw error
    }
  }
  return {
    person: async (by, as) => found.nullable().parse(await ask('/internal/directory/people', by, as)),
    group: async (id, as) => found.nullable().parse(await ask('/internal/directory/groups', { id }, as)),
  }
}
