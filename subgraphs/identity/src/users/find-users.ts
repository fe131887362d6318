import type { Prisma } from '../../prisma/client/client.ts'

export interface UserFilter {
  search?: string | null
  role?: 'ADMIN' | 'USER' | null
  active?: boolean | null
}

const MAX_SEARCH = 100

/** People whose name or address contains each word of the search, and who are what the filter says. */
export function usersWhere({ search, role, active }: UserFilter): Prisma.UserWhereInput {
  const words = (search ?? '').normalize('NFC').slice(0, MAX_SEARCH).split(/\s+/).filter(Boolean).slice(0, 5)
  return {
    ...(role && { role }),
    ...(typeof active === 'boolean' && { active }),
    AND: words.map((word) => ({
      OR: [{ name: contains(word) }, { email: contains(word) }],
    })),
  }
}

// Prisma escapes nothing in LIKE patterns: a percent sign is one.
const contains = (word: string) => ({
  contains: word.replace(/[\\%_]/g, '\\$&'),
  mode: 'insensitive' as const,
})
