import { NotFoundError } from '@archivolt/kit/errors/domain-error'
import { Prisma, type PrismaClient, type Theme, type User } from '../../../prisma/client/client.ts'
import { languageOf, normalizeDashboard, normalizeProfile, type ProfileInput } from '../profile.ts'

/** What people say of themselves. What is left out stays. @throws InvalidInputError, NotFoundError */
export const updateProfile =
  (deps: { db: PrismaClient }) =>
  async (userId: string, input: ProfileInput): Promise<User> =>
    update(deps.db, userId, normalizeProfile(input))

/** How people want the client. What is left out stays. @throws InvalidInputError, NotFoundError */
export const updatePreferences =
  (deps: { db: PrismaClient }) =>
  async (
    userId: string,
    input: { dashboardApps?: readonly string[] | null; theme?: Theme | null; language?: string | null },
  ): Promise<User> =>
    update(deps.db, userId, {
      ...(input.dashboardApps && { dashboardApps: normalizeDashboard(input.dashboardApps) }),
      ...(input.theme && { theme: input.theme }),
      ...(input.language !== undefined && { language: languageOf(input.language) }),
    })

async function update(db: PrismaClient, id: string, data: Prisma.UserUpdateInput): Promise<User> {
  return db.user.update({ where: { id }, data }).catch((error: unknown) => {
    if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2025')
      throw new NotFoundError('The account')
    throw error
  })
}
