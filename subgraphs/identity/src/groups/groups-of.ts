import DataLoader from 'dataloader'
import type { Group, PrismaClient } from '../../prisma/client/client.ts'

const MAX_GROUPS = 200

/** The groups of the people asked for in one tick, by one query. Made per request. */
export function groupsOf(db: PrismaClient): DataLoader<string, Group[]> {
  return new DataLoader(async (userIds) => {
    const rows = await db.groupMember.findMany({
      where: { userId: { in: [...userIds] } },
      include: { group: true },
      orderBy: { addedAt: 'asc' },
    })
    const byUser = Map.groupBy(rows, ({ userId }) => userId)
    return userIds.map((id) => (byUser.get(id) ?? []).slice(0, MAX_GROUPS).map(({ group }) => group))
  })
}
