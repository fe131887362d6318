import { NotFoundError } from '@archivolt/kit/errors/domain-error'
import { forbidden } from '@archivolt/kit/errors/to-graphql'
import type { User } from '../../../prisma/client/client.ts'
import { changeAccess, type ChangeDeps } from '../../access/change-access.ts'
import type { Administrator } from '../../audit/actor.ts'
import { LastAdminError } from '../people.errors.ts'

/** Any number, but the same in every process: of two who take the last administrators away at once, one is refused. */
const ADMINS_LOCK = 7_402_104

/**
 * Changes what a person is. Whoever is deactivated is signed out everywhere at once.
 * @throws NotFoundError, FORBIDDEN for whoever may not hand out power, LastAdminError when no active administrator would be left
 */
export const updateUser =
  (deps: ChangeDeps) =>
  async (
    actor: Administrator,
    id: string,
    input: { role?: 'ADMIN' | 'USER' | null; active?: boolean | null },
  ): Promise<User> => {
    return changeAccess(deps, actor, async (tx, { endSessions }) => {
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(${ADMINS_LOCK})`
      const before = await tx.user.findUnique({ where: { id } })
      if (!before) throw new NotFoundError('The person')
      const role = input.role ?? before.role
      const active = input.active ?? before.active
      if (role === before.role && active === before.active) return { result: before, touched: [], happened: null }
      if (!actor.full && (before.role === 'ADMIN' || role === 'ADMIN')) throw forbidden()
      const after = await tx.user.update({ where: { id }, data: { role, active } })
      if ((await tx.user.count({ where: { role: 'ADMIN', active: true } })) === 0) throw new LastAdminError()
      if (!active) await endSessions({ userId: id }, 'account deactivated')
      return {
        result: after,
        touched: [id],
        happened: {
          type: 'identity.user.changed',
          target: { type: 'User', id },
          details: {
            ...(role !== before.role && { role }),
            ...(active !== before.active && { active }),
          },
        },
      }
    })
  }
