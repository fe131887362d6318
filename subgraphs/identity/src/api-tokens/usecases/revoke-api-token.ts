import { NotFoundError } from '@archivolt/kit/errors/domain-error'
import type { Viewer } from '@archivolt/kit/identity/identity'
import type { ApiToken } from '../../../prisma/client/client.ts'
import type { Device } from '../../sessions/device.ts'
import { noteEvent } from '../../sessions/note-event.ts'
import type { Transact } from '../../sessions/unit-of-work.ts'

interface Deps {
  transact: Transact
  now: () => number
}

/** Ends one of a person's own tokens at once, everywhere; twice is once. @throws NotFoundError */
export const revokeApiToken =
  (deps: Deps) =>
  (id: string, viewer: Viewer, device: Device): Promise<ApiToken> =>
    deps.transact(async ({ tx, refuseTokens }) => {
      const { userId } = viewer
      const at = deps.now()
      const { count } = await tx.apiToken.updateMany({
        where: { id, userId, revokedAt: null },
        data: { revokedAt: new Date(at) },
      })
      const row = await tx.apiToken.findFirst({ where: { id, userId } })
      if (!row) throw new NotFoundError('This token')
      if (count > 0) {
        await refuseTokens([id])
        await noteEvent(tx, { type: 'api-token.revoked', userId, device, at, details: { tokenId: id } })
      }
      return row
    })
