import type { Sealer } from '@archivolt/kit/crypto/sealed'
import { NotFoundError, RateLimitedError } from '@archivolt/kit/errors/domain-error'
import type { RateLimits } from '@archivolt/kit/shared-state/rate-limits'
import type { CloudAuthorization, CloudConnection, PrismaClient } from '../../../prisma/client/client.ts'
import { pollLogin } from '../../drivers/nextcloud/login-flow.ts'
import type { DriverGround } from '../../drivers/registry.ts'
import { cloudUnusable } from '../cloud-unusable.ts'
import { AuthorizationEndedError } from '../connection.errors.ts'
import type { Actor } from '../connection.ts'
import { openAuthorization, sealAuthorization } from '../connection-secrets.ts'
import { hashOf } from '../one-time.ts'
import { accountOf, type AuthorizationSecret } from './begin-connection.ts'
import type { Account } from './establish-connection.ts'

interface Deps {
  db: PrismaClient
  sealer: Sealer
  ground: DriverGround
  rateLimits: RateLimits
  establish(begun: CloudConnection, account: Account, actor: Actor): Promise<CloudConnection>
  now: () => number
}

/** A client asks every few seconds for a quarter of an hour; each makes this machine call an address that somebody typed in. */
const LIMIT = { points: 600, windowSeconds: 900 }

type Begun = CloudAuthorization & { connection: CloudConnection }

/**
 * Connects an account that its owner has allowed, for the session that began it. While a Nextcloud still waits for its
 * owner, the connection stays as it is and may be asked for again. When the account does not work, what was allowed is
 * kept until it ends, so that this can be repeated.
 * @param word what the callback's address brought; none for Nextcloud
 * @throws NotFoundError, RateLimitedError, AuthorizationEndedError, CloudUnusableError
 */
export const completeConnection =
  (deps: Deps) =>
  async (connectionId: string, word: string | null, actor: Actor): Promise<CloudConnection> => {
    const connection = await deps.db.cloudConnection.findFirst({ where: { id: connectionId, ownerId: actor.userId } })
    if (!connection) throw new NotFoundError('The connection')
    const { allowed, retryAfterSeconds } = await deps.rateLimits.consume(`complete-cloud:${actor.userId}`, LIMIT)
    if (!allowed) throw new RateLimitedError(retryAfterSeconds)
    const begun = await deps.db.cloudAuthorization.findUnique({
      where: { connectionId },
      include: { connection: true },
    })
    if (!begun) {
      // Twice at once: the first has connected it.
      if (connection.state === 'OK') return connection
      throw new AuthorizationEndedError()
    }
    if (begun.sessionId !== actor.sessionId || begun.expiresAt.getTime() <= deps.now())
      throw new AuthorizationEndedError()
    const secret = openAuthorization<AuthorizationSecret>(deps.sealer, begun, connection.ownerId)
    if (secret.kind === 'login') return completeLogin(deps, begun, secret, actor)
    const given = hashOf(word ?? '')
    if (secret.kind !== 'granted' || !begun.finishHash || Buffer.compare(begun.finishHash, given) !== 0)
      throw new AuthorizationEndedError()
    return deps.establish(connection, secret.account, actor)
  }

async function completeLogin(
  deps: Deps,
  begun: Begun,
  secret: Extract<AuthorizationSecret, { kind: 'login' }>,
  actor: Actor,
): Promise<CloudConnection> {
  const guard = deps.ground.openGuard()
  try {
    const login = await pollLogin(secret.poll, { fetch: guard.fetch })
    if (!login) return begun.connection
    // The address stays the one that the person typed: the password goes nowhere that its server only speaks of.
    const given = { url: secret.url, root: secret.root, username: login.username, appPassword: login.appPassword }
    const account = {
      ...accountOf('NEXTCLOUD', given, begun.connection.id),
      forNewDocuments: secret.forNewDocuments,
    }
    // It is given out once. From here on it survives a failure of what follows.
    await keepGranted(deps, begun, account)
    return await deps.establish(begun.connection, account, actor)
  } catch (error) {
    throw cloudUnusable(error)
  } finally {
    await guard.close()
  }
}

async function keepGranted(deps: Deps, begun: Begun, account: Account): Promise<void> {
  const secret: AuthorizationSecret = { kind: 'granted', account }
  await deps.db.cloudAuthorization.update({
    where: { id: begun.id },
    // No word is needed: the session and the account's owner have both been heard.
    data: { finishHash: hashOf(''), secret: sealAuthorization(deps.sealer, begun, begun.connection.ownerId, secret) },
  })
}
