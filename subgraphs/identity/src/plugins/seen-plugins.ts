import type { Viewer } from '@archivolt/kit/identity/identity'
import type { Prisma, PrismaClient } from '../../prisma/client/client.ts'

const MAX_GRANTS = 1000

/** Which features somebody may see and use: the rule of `mayUse`, as a condition. */
export async function seenPlugins(db: PrismaClient, viewer: Viewer): Promise<Prisma.PluginWhereInput> {
  const grants = await db.appGrant.findMany({
    where: { OR: [{ userId: viewer.userId }, { group: { members: { some: { userId: viewer.userId } } } }] },
    select: { appId: true },
    take: MAX_GRANTS,
  })
  return {
    OR: [
      { requiredGroups: { isEmpty: true } },
      { id: { in: grants.map(({ appId }) => appId) } },
      { requiredGroups: { hasSome: [...viewer.groups] } },
      ...(viewer.role === 'ADMIN' ? [{ allowSuperuser: true }] : []),
    ],
  }
}
