import { InvalidInputError, NotFoundError } from '@archivolt/kit/errors/domain-error'
import { v7 as uuidv7 } from 'uuid'
import type { PrismaClient, SavedView } from '../../../prisma/client/client.ts'
import { checkIcon } from '../../categories/category.ts'
import { checkName } from '../../documents/names.ts'
import { MAX_SEARCH } from '../../search/parse-search.ts'

export interface ViewInput {
  /** The view to change; without it, the one of this name, or a new one. */
  id?: string | null
  name: string
  search: string
  orderBy: string
  icon?: string | null
}

const MAX_VIEWS = 200

/** Keeps a search under a name; a view of that name becomes this one. @throws InvalidInputError, NotFoundError */
export const saveView =
  (deps: { db: PrismaClient }) =>
  async (ownerId: string, input: ViewInput): Promise<SavedView> => {
    const name = checkName('name', input.name, 80)
    if (input.search.length > MAX_SEARCH) throw new InvalidInputError('search', `At most ${MAX_SEARCH} characters.`)
    const data = {
      name,
      search: input.search.toWellFormed().replaceAll('\0', ''),
      orderBy: input.orderBy,
      icon: input.icon ? checkIcon(input.icon) : null,
    }
    return deps.db.$transaction(async (tx) => {
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`views:${ownerId}`}, 0))`
      const [namesake] = await tx.$queryRaw<{ id: string }[]>`
        SELECT "id" FROM "saved_views" WHERE "owner_id" = ${ownerId}::uuid AND "folded" = public.fold(${name})`
      if (input.id) {
        if (!(await tx.savedView.findFirst({ where: { id: input.id, ownerId } }))) throw new NotFoundError('The view')
        if (namesake && namesake.id !== input.id) throw new InvalidInputError('name', 'There is a view of this name.')
      }
      const id = input.id ?? namesake?.id
      if (id) return tx.savedView.update({ where: { id }, data })
      if ((await tx.savedView.count({ where: { ownerId } })) >= MAX_VIEWS)
        throw new InvalidInputError('name', `There are ${MAX_VIEWS} views already; delete some first.`)
      return tx.savedView.create({ data: { ...data, id: uuidv7(), ownerId } })
    })
  }

/** @throws NotFoundError */
export const deleteView =
  (deps: { db: PrismaClient }) =>
  async (ownerId: string, id: string | null): Promise<void> => {
    const { count } = id ? await deps.db.savedView.deleteMany({ where: { id, ownerId } }) : { count: 0 }
    if (count === 0) throw new NotFoundError('The view')
  }
