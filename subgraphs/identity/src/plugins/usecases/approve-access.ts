import { NotFoundError } from '@archivolt/kit/errors/domain-error'
import { Prisma, type Plugin } from '../../../prisma/client/client.ts'
import type { AccessRules } from '../../access/access.ts'
import { changeAccess, type ChangeDeps } from '../../access/change-access.ts'
import type { Actor } from '../../audit/actor.ts'

/** Agrees that a feature opens itself as wide as its manifest now asks. Nothing asked is nothing done. @throws NotFoundError */
export const approvePluginAccess =
  (deps: ChangeDeps) =>
  (actor: Actor, id: string): Promise<Plugin> =>
    changeAccess(deps, actor, async (tx) => {
      const plugin = await tx.plugin.findUnique({ where: { id } })
      if (!plugin) throw new NotFoundError('The plugin')
      const asked = plugin.pendingAccess as AccessRules | null
      if (!asked) return { result: plugin, touched: [], happened: null }
      const { allowSuperuser, requiredGroups } = asked
      const result = await tx.plugin.update({
        where: { id },
        data: { allowSuperuser, requiredGroups: [...requiredGroups], pendingAccess: Prisma.DbNull },
      })
      return {
        result,
        touched: 'everyone',
        happened: {
          type: 'identity.plugin.wider-access-approved',
          target: { type: 'Plugin', id },
          details: { allowSuperuser, requiredGroups: requiredGroups.join(', ').slice(0, 500) },
        },
      }
    })
