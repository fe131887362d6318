import type { Sealer } from '@archivolt/kit/crypto/sealed'
import type { Viewer } from '@archivolt/kit/identity/identity'
import type { PrismaClient } from '../../../prisma/client/client.ts'
import type { RequireFresh } from '../../sessions/step-up.ts'
import { newTotpSecret, totpUri } from '../two-factor.ts'
import { TwoFactorStateError } from '../two-factor.errors.ts'
import { totpPlace } from './check-factor.ts'

interface Deps {
  db: PrismaClient
  sealer: Sealer
  requireFresh: RequireFresh
  now: () => number
}

export interface TotpSetup {
  /** Base32, to be typed in where there is no camera. */
  secret: string
  /** To be drawn as a QR code, by the client itself. */
  uri: string
}

/**
 * Makes a secret for an authenticator app. It counts once a code of it was shown; until then a new one replaces it.
 * @throws StepUpRequiredError, TwoFactorStateError
 */
export const beginTotpSetup =
  (deps: Deps) =>
  async (viewer: Viewer): Promise<TotpSetup> => {
    await deps.requireFresh(viewer)
    const { userId } = viewer
    const user = await deps.db.user.findUniqueOrThrow({ where: { id: userId } })
    const secret = newTotpSecret()
    const sealed = new Uint8Array(deps.sealer.seal(secret, totpPlace(userId)))
    const createdAt = new Date(deps.now())
    // In one statement, which leaves alone what another request has confirmed in the meantime.
    const written = await deps.db.$executeRaw`
      INSERT INTO "totp" AS old ("user_id", "secret", "created_at") VALUES (${userId}::uuid, ${sealed}, ${createdAt})
      ON CONFLICT ("user_id") DO UPDATE SET "secret" = excluded."secret", "created_at" = excluded."created_at", "last_step" = 0
      WHERE old."confirmed_at" IS NULL`
    if (written === 0) throw new TwoFactorStateError(true)
    return { secret, uri: totpUri(secret, user.email) }
  }
