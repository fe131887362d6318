import { InvalidInputError, NotFoundError } from '@archivolt/kit/errors/domain-error'
import type { Plugin, Prisma } from '../../../prisma/client/client.ts'
import type { Actor } from '../../audit/actor.ts'
import type { Touched } from '../access-changes.ts'
import { changeAccess, type Change, type ChangeDeps } from '../change-access.ts'

export interface GrantInput {
  appId: string
  /** Exactly one of the two. */
  userId?: string | null
  groupId?: string | null
}

/** Lets a person or a group use a feature, whatever its manifest asks for. Twice is once. @throws NotFoundError, InvalidInputError */
export const grantApp =
  (deps: ChangeDeps) =>
  (actor: Actor, input: GrantInput): Promise<Plugin> =>
    changeAccess(deps, actor, async (tx) => {
      const { app, holder } = await findBoth(tx, input)
      const { count } = await tx.appGrant.createMany({ data: [{ appId: app.id, ...holder }], skipDuplicates: true })
      return changed(tx, app, holder, count, 'identity.app.granted')
    })

/** Takes such a permission back; what the manifest allows stays. Absent is fine. @throws NotFoundError, InvalidInputError */
export const revokeApp =
  (deps: ChangeDeps) =>
  (actor: Actor, input: GrantInput): Promise<Plugin> =>
    changeAccess(deps, actor, async (tx) => {
      const { app, holder } = await findBoth(tx, input)
      const { count } = await tx.appGrant.deleteMany({ where: { appId: app.id, ...holder } })
      return changed(tx, app, holder, count, 'identity.app.revoked')
    })

type HolderId = { userId: string } | { groupId: string }

async function findBoth(tx: Prisma.TransactionClient, { appId, userId, groupId }: GrantInput) {
  if (Boolean(userId) === Boolean(groupId)) throw new InvalidInputError('userId', 'Name either a person or a group.')
  const app = await tx.plugin.findUnique({ where: { id: appId } })
  if (!app) throw new NotFoundError('The app')
  if (userId && !(await tx.user.findUnique({ where: { id: userId }, select: { id: true } })))
    throw new NotFoundError('The person')
  if (groupId && !(await tx.group.findUnique({ where: { id: groupId }, select: { id: true } })))
    throw new NotFoundError('The group')
  const holder: HolderId = userId ? { userId } : { groupId: groupId ?? '' }
  return { app, holder }
}

async function changed(
  tx: Prisma.TransactionClient,
  app: Plugin,
  holder: HolderId,
  count: number,
  type: string,
): Promise<Change<Plugin>> {
  if (count === 0) return { result: app, touched: [], happened: null }
  const touched: Touched = 'userId' in holder ? [holder.userId] : await membersOf(tx, holder.groupId)
  return { result: app, touched, happened: { type, target: { type: 'Plugin', id: app.id }, details: holder } }
}

/** More than these are told as everyone. */
const MANY = 51

async function membersOf(tx: Prisma.TransactionClient, groupId: string): Promise<Touched> {
  const members = await tx.groupMember.findMany({ where: { groupId }, select: { userId: true }, take: MANY })
  return members.map(({ userId }) => userId)
}
