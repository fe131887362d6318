import { NotFoundError } from '@archivolt/kit/errors/domain-error'
import type { CloudConnection, PrismaClient } from '../../../prisma/client/client.ts'
import { CloudUnusableError } from '../connection.errors.ts'
import type { Actor } from '../connection.ts'

/**
 * From now on a person's new documents go to this connection, or to the vault's own place with null. What is stored
 * stays where it is.
 * @throws NotFoundError, CloudUnusableError for a connection that does not work
 */
export const chooseUploadPlace =
  ({ db }: { db: PrismaClient }) =>
  async (connectionId: string | null, actor: Actor): Promise<CloudConnection | null> =>
    db.$transaction(async (tx) => {
      const { userId: ownerId } = actor
      // Two choices at once follow each other.
      await tx.$queryRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`connections/${ownerId}`}, 0))::text`
      const chosen = connectionId && (await tx.cloudConnection.findFirst({ where: { id: connectionId, ownerId } }))
      if (connectionId && !chosen) throw new NotFoundError('The connection')
      if (chosen && chosen.state !== 'OK') {
        throw new CloudUnusableError(
          'storage.connection.not_working',
          chosen.message ?? 'This account is not connected yet. Finish connecting it first.',
        )
      }
      await tx.cloudConnection.updateMany({ where: { ownerId, chosen: true }, data: { chosen: false } })
      return chosen ? tx.cloudConnection.update({ where: { id: chosen.id }, data: { chosen: true } }) : null
    })
