import { NotFoundError } from '@archivolt/kit/errors/domain-error'
import type { Group } from '../../../prisma/client/client.ts'
import { changeAccess, type ChangeDeps } from '../../access/change-access.ts'
import type { Actor } from '../../audit/actor.ts'
import { GroupProtectedError } from '../group.errors.ts'
import { nameKeyOf, normalizeDescription, normalizeGroupName } from '../group.ts'
import { nameTaken } from './create-group.ts'

/**
 * Renames or describes a group anew; its members and what is shared with it stay.
 * @throws NotFoundError, InvalidInputError, GroupNameTakenError, GroupProtectedError
 */
export const updateGroup =
  (deps: ChangeDeps) =>
  async (actor: Actor, id: string, input: { name?: string | null; description?: string | null }): Promise<Group> => {
    const description = typeof input.description === 'string' ? normalizeDescription(input.description) : undefined
    return changeAccess(deps, actor, async (tx) => {
      const before = await tx.group.findUnique({ where: { id } })
      if (!before) throw new NotFoundError('The group')
      const renamed = typeof input.name === 'string' && input.name !== before.name
      if (renamed && before.builtIn) throw new GroupProtectedError()
      const name = renamed ? normalizeGroupName(input.name ?? '') : before.name
      const group = await tx.group.update({
        where: { id },
        data: { name, description, ...(renamed && { nameKey: nameKeyOf(name) }) },
      })
      return {
        result: group,
        // Its name is what manifests ask for.
        touched: renamed ? 'everyone' : [],
        happened: {
          type: 'identity.group.changed',
          target: { type: 'Group', id },
          details: { name, ...(renamed && { before: before.name }) },
        },
      }
    }).catch(nameTaken)
  }
