import type { OutboxDispatcher } from '@archivolt/kit/jobs/outbox'
import type { PrismaClient } from '../../../prisma/client/client.ts'
import type { Actor } from '../../documents/access.ts'
import { audit } from '../../documents/audit.ts'
import { checkLimits, type DocumentLimits, type LimitStore } from '../limits.ts'

interface Deps {
  db: PrismaClient
  limits: LimitStore
  outbox: Pick<OutboxDispatcher, 'kick'>
  ceiling: number
}

/**
 * Sets what the vault takes in from now on; what is in it stays. What is left out stays as it is.
 * @throws InvalidInputError, ObjectChangedError when two change them at once, UnavailableError
 */
export const updateDocumentLimits =
  (deps: Deps) =>
  async (change: Partial<DocumentLimits>, actor: Actor): Promise<DocumentLimits> => {
    const { limits: before, etag } = await deps.limits.read()
    const limits = checkLimits({ ...before, ...change }, deps.ceiling)
    await deps.limits.write(limits, etag)
    await audit(
      deps.db,
      actor,
      'limits.updated',
      { type: 'DocumentLimits', id: 'limits' },
      {
        maxFileSize: limits.maxFileSize,
        maxPdfSize: limits.maxPdfSize,
        types: limits.allowedTypes.length,
      },
    )
    deps.outbox.kick()
    return limits
  }
