import { recordAudit } from '@archivolt/kit/audit/record-audit'
import type { Sealer } from '@archivolt/kit/crypto/sealed'
import { NotFoundError } from '@archivolt/kit/errors/domain-error'
import type { Logger } from '@archivolt/kit/log/logger'
import { Prisma, type CloudConnection, type PrismaClient } from '../../../prisma/client/client.ts'
import type { Backends } from '../../backends/backends.ts'
import type { DriverGround } from '../../drivers/registry.ts'
import { MARKER_KEY } from '../../vault/marker.ts'
import { CloudConnectionInUseError } from '../connection.errors.ts'
import { auditTarget, PROVIDER_NAMES, type Actor } from '../connection.ts'
import { openCredentials } from '../connection-secrets.ts'
import type { OAuthProviders } from '../oauth-providers.ts'
import { withdraw } from '../withdraw.ts'

interface Deps {
  db: PrismaClient
  sealer: Sealer
  ground: DriverGround
  providers: OAuthProviders
  backends: Backends
  outbox: { kick(): void }
  log: Logger
  now: () => number
}

/**
 * Forgets an account in which no document lives, takes the vault's mark off and gives its access back. What the provider
 * says to that changes nothing: the person may withdraw the access there as well.
 * @throws NotFoundError, CloudConnectionInUseError
 */
export const disconnectCloud =
  (deps: Deps) =>
  async (connectionId: string, actor: Actor): Promise<void> => {
    const connection = await deps.db.cloudConnection.findFirst({
      where: { id: connectionId, ownerId: actor.userId },
      include: { backend: true },
    })
    if (!connection) throw new NotFoundError('The connection')
    const driver = connection.backendId ? await deps.backends.driverOf(connection.backendId).catch(() => null) : null
    await forget(deps, connection, actor)
    deps.outbox.kick()
    await driver?.delete(MARKER_KEY).catch(() => {})
    if (!connection.credentials) return
    const credentials = openCredentials(deps.sealer, connection, connection.credentials)
    await withdraw(deps, connection, credentials).catch((error: unknown) =>
      deps.log.info({ err: error, provider: connection.provider }, 'the access to an account could not be given back'),
    )
  }

async function forget(deps: Deps, { id, backendId }: CloudConnection, actor: Actor): Promise<void> {
  try {
    await deps.db.$transaction(async (tx) => {
      const [row] = await tx.$queryRaw<{ id: string }[]>`
        SELECT "id" FROM "cloud_connections" WHERE "id" = ${id}::uuid FOR UPDATE`
      if (!row) throw new NotFoundError('The connection')
      const connection = await tx.cloudConnection.delete({ where: { id } })
      if (backendId) await forgetPlace(tx, backendId)
      await recordAudit(tx, {
        at: new Date(deps.now()).toISOString(),
        type: 'storage.connection.disconnected',
        actorId: actor.userId,
        target: auditTarget(connection),
        ip: actor.ip,
        requestId: actor.requestId,
        details: { provider: PROVIDER_NAMES[connection.provider], account: connection.accountLabel },
      })
    })
  } catch (error) {
    // Something that is still at work names the place.
    if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2003')
      throw new CloudConnectionInUseError(0)
    throw error
  }
}

async function forgetPlace(tx: Prisma.TransactionClient, backendId: string): Promise<void> {
  // The lock keeps a new upload or replica from choosing the place meanwhile.
  await tx.$queryRaw`SELECT 1 FROM "storage_backends" WHERE "id" = ${backendId}::uuid FOR UPDATE`
  const [lives] = await tx.$queryRaw<{ documents: number }[]>`
    SELECT count(DISTINCT b."document_id")::int AS documents
    FROM "replicas" r JOIN "blobs" b ON b."id" = r."blob_id"
    WHERE r."backend_id" = ${backendId}::uuid AND r."state" <> 'LOST'`
  const uploads = await tx.upload.count({
    where: { backendId, state: { in: ['PENDING', 'RECEIVING', 'RECEIVED'] } },
  })
  if (lives && lives.documents > 0) throw new CloudConnectionInUseError(lives.documents)
  if (uploads > 0) throw new CloudConnectionInUseError(0)
  await tx.replica.deleteMany({ where: { backendId } })
  // What waited there for its end is the account's owner's alone from now on.
  await tx.quarantinedObject.deleteMany({ where: { backendId } })
  await tx.objectIntent.deleteMany({ where: { backendId } })
  await tx.uploadPart.deleteMany({ where: { upload: { backendId } } })
  await tx.upload.deleteMany({ where: { backendId } })
  await tx.storageBackend.delete({ where: { id: backendId } })
}
