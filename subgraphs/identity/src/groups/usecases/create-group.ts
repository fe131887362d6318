import { Prisma, type Group } from '../../../prisma/client/client.ts'
import { changeAccess, type ChangeDeps } from '../../access/change-access.ts'
import type { Actor } from '../../audit/actor.ts'
import { GroupNameTakenError } from '../group.errors.ts'
import { nameKeyOf, normalizeDescription, normalizeGroupName } from '../group.ts'

/** Makes an empty group. @throws InvalidInputError, GroupNameTakenError */
export const createGroup =
  (deps: ChangeDeps) =>
  async (actor: Actor, input: { name: string; description?: string | null }): Promise<Group> => {
    const name = normalizeGroupName(input.name)
    const description = normalizeDescription(input.description ?? '')
    return changeAccess(deps, actor, async (tx) => {
      const group = await tx.group.create({ data: { name, nameKey: nameKeyOf(name), description } })
      return {
        result: group,
        touched: [],
        happened: { type: 'identity.group.created', target: { type: 'Group', id: group.id }, details: { name } },
      }
    }).catch(nameTaken)
  }

/** @throws GroupNameTakenError in place of the database's word for it */
export function nameTaken(error: unknown): never {
  if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002') throw new GroupNameTakenError()
  throw error
}
