import type { PrismaClient } from '../../prisma/client/client.ts'
import { mayUse, type Holder } from './access.ts'
import { everyoneStamp, personStamp } from './access-changes.ts'

/** What a person may do right now. */
export interface Person extends Holder {
  userId: string
  active: boolean
  groupIds: string[]
  /** Ids of the features the person may use. */
  apps: string[]
  /** While none of them is claimed in the shared state, this is current. */
  stamps: string[]
}

export type FindPerson = (userId: string) => Promise<Person | null>

/** As many as fit into a signed identity; more groups than that would not be told to the services. */
const MAX_GROUPS = 200
const MAX_GRANTS = 1000

/** Reads what a person may do; null when there is no such person. */
export const findPerson =
  ({ db }: { db: PrismaClient }): FindPerson =>
  (userId) =>
    // One snapshot: the stamps must belong to what is read beside them.
    db.$transaction(
      async (tx) => {
        const user = await tx.user.findUnique({
          where: { id: userId },
          select: {
            role: true,
            active: true,
            accessVersion: true,
            memberships: {
              select: { group: { select: { id: true, name: true } } },
              orderBy: { addedAt: 'asc' },
              take: MAX_GROUPS,
            },
          },
        })
        if (!user) return null
        const groups = user.memberships.map(({ group }) => group)
        const groupIds = groups.map(({ id }) => id)
        const grants = await tx.appGrant.findMany({
          where: { OR: [{ userId }, { groupId: { in: groupIds } }] },
          select: { appId: true },
          take: MAX_GRANTS,
        })
        const state = await tx.accessGeneration.findUnique({ where: { id: 1 } })
        const holder: Holder = {
          role: user.role,
          groups: groups.map(({ name }) => name),
          grants: new Set(grants.map(({ appId }) => appId)),
        }
        const features = await tx.plugin.findMany({
          select: { id: true, allowSuperuser: true, requiredGroups: true },
          take: MAX_GRANTS,
        })
        return {
          ...holder,
          userId,
          active: user.active,
          groupIds,
          apps: features.filter((feature) => mayUse(feature.id, feature, holder)).map(({ id }) => id),
          stamps: [personStamp(userId, user.accessVersion), everyoneStamp(state?.generation ?? 0)],
        }
      },
      { isolationLevel: 'RepeatableRead' },
    )
