import { Prisma, type PrismaClient } from '../../prisma/client/client.ts'
import { readerKeys, type Access } from '../documents/access.ts'
import type { SearchPlan } from './plan.ts'

/** Words of a search that are looked at. */
const MOST_WORDS = 4

/**
 * The search with its words replaced by the nearest ones of titles this person may see; null when none is near.
 * For a search that found nothing: names are what people misspell.
 */
export async function didYouMean(
  db: Pick<PrismaClient, '$queryRaw'>,
  plan: SearchPlan,
  access: Access,
  search: string,
): Promise<string | null> {
  const words = plan.words.filter((word) => /^[\p{L}\p{M}]{4,40}$/u.test(word)).slice(0, MOST_WORDS)
  let better = search
  for (const word of words) {
    const [near] = await db.$queryRaw<{ word: string }[]>(Prisma.sql`
      SELECT word FROM (
        SELECT DISTINCT lower(part) AS word FROM (
          SELECT e."title" FROM "search_entries" e
          WHERE e."keys" && ${readerKeys(access)}::text[] AND e."title" %> ${word} LIMIT 500
        ) titles, regexp_split_to_table("title", '[^[:alpha:]]+') AS part WHERE length(part) >= 3
      ) parts
      WHERE similarity(public.fold(word), public.fold(${word})) > 0.3 AND public.fold(word) <> public.fold(${word})
      ORDER BY similarity(public.fold(word), public.fold(${word})) DESC, word LIMIT 1`)
    if (near) better = better.replace(new RegExp(escapeRegExp(word), 'iu'), near.word)
  }
  return better === search ? null : better
}

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
