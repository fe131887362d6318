import { DomainError, StepUpRequiredError } from '@archivolt/kit/errors/domain-error'
import type { Identity } from '@archivolt/kit/identity/identity'
import type { ServiceClient } from '@archivolt/kit/server/service-client'

/** Resolves when whoever asks has proved who they are not long ago. @throws StepUpRequiredError, UnavailableError */
export type RequireFresh = (identity: Identity) => Promise<void>

/** Asks identity, which alone knows when that was. What it cannot answer counts as no. */
export const requireFresh =
  ({ services }: { services: ServiceClient }): RequireFresh =>
  async (identity) => {
    try {
      await services.json('identity', { method: 'GET', path: '/internal/session/proof', identity })
    } catch (error) {
      if (error instanceof DomainError && error.code === new StepUpRequiredError().code) throw new StepUpRequiredError()
      throw error
    }
  }
