import type { PrismaClient } from '../../../prisma/client/client.ts'
import { adminGroupOf, nameKeyOf } from '../group.ts'

export type EnsureAdminGroups = (features: readonly { id: string; name: string }[]) => Promise<void>

/** Makes the group `{id}-admin` of each feature that has none. Any number of starters may do so at once. */
export const ensureAdminGroups =
  ({ db }: { db: PrismaClient }): EnsureAdminGroups =>
  async (features) => {
    const data = features.map(({ id, name }) => ({
      name: adminGroupOf(id),
      nameKey: nameKeyOf(adminGroupOf(id)),
      description: `Administers ${name}.`,
      builtIn: true,
    }))
    await db.group.createMany({ data, skipDuplicates: true })
  }
