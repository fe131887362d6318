import { NotFoundError } from '@archivolt/kit/errors/domain-error'
import { changeAccess, type ChangeDeps } from '../../access/change-access.ts'
import type { Actor } from '../../audit/actor.ts'
import { GroupProtectedError } from '../group.errors.ts'

/** Deletes a group; its members lose what they could do by it. @throws NotFoundError, GroupProtectedError */
export const deleteGroup =
  (deps: ChangeDeps) =>
  async (actor: Actor, id: string): Promise<void> => {
    await changeAccess(deps, actor, async (tx) => {
      const group = await tx.group.findUnique({ where: { id }, include: { _count: { select: { members: true } } } })
      if (!group) throw new NotFoundError('The group')
      if (group.builtIn) throw new GroupProtectedError()
      // Of two at once, one finds nothing any more.
      const { count } = await tx.group.deleteMany({ where: { id, builtIn: false } })
      if (count === 0) throw new NotFoundError('The group')
      return {
        result: undefined,
        touched: 'everyone',
        happened: {
          type: 'identity.group.deleted',
          target: { type: 'Group', id },
          details: { name: group.name, members: group._count.members },
        },
      }
    })
  }
