import { NotFoundError } from '@archivolt/kit/errors/domain-error'
import type { Group, Prisma, User } from '../../../prisma/client/client.ts'
import { changeAccess, type ChangeDeps } from '../../access/change-access.ts'
import type { Administrator } from '../../audit/actor.ts'
import { forbidden } from '@archivolt/kit/errors/to-graphql'

export interface Membership {
  group: Group
  user: User
}

/** Puts a person into a group; one who is in it already stays. @throws NotFoundError, or FORBIDDEN for whoever may not hand out power */
export const addGroupMember =
  (deps: ChangeDeps) =>
  (actor: Administrator, groupId: string, userId: string): Promise<Membership> =>
    changeAccess(deps, actor, async (tx) => {
      const both = await findBoth(tx, groupId, userId)
      if (both.group.builtIn && !actor.full) throw forbidden()
      const { count } = await tx.groupMember.createMany({ data: [{ groupId, userId }], skipDuplicates: true })
      return changed(both, count, 'identity.group.member-added')
    })

/** Takes a person out of a group; one who is not in it stays out. @throws NotFoundError, or FORBIDDEN for whoever may not hand out power */
export const removeGroupMember =
  (deps: ChangeDeps) =>
  (actor: Administrator, groupId: string, userId: string): Promise<Membership> =>
    changeAccess(deps, actor, async (tx) => {
      const both = await findBoth(tx, groupId, userId)
      if (both.group.builtIn && !actor.full) throw forbidden()
      const { count } = await tx.groupMember.deleteMany({ where: { groupId, userId } })
      return changed(both, count, 'identity.group.member-removed')
    })

async function findBoth(tx: Prisma.TransactionClient, groupId: string, userId: string): Promise<Membership> {
  const group = await tx.group.findUnique({ where: { id: groupId } })
  if (!group) throw new NotFoundError('The group')
  const user = await tx.user.findUnique({ where: { id: userId } })
  if (!user) throw new NotFoundError('The person')
  return { group, user }
}

const changed = (both: Membership, count: number, type: string) => ({
  result: both,
  touched: count ? [both.user.id] : [],
  happened: count
    ? { type, target: { type: 'Group', id: both.group.id }, details: { group: both.group.name, userId: both.user.id } }
    : null,
})
