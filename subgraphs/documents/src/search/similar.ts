import { Prisma, type PrismaClient } from '../../prisma/client/client.ts'
import { readerKeys, type Access } from '../documents/access.ts'

/** Words of a document that others are looked for by. */
const WORDS = 12
/** A word in more of all documents than this says nothing about any of them. */
const COMMON = 0.05
const LOOKED_AT = 2_000

/**
 * Ids of documents that say the most of what this one says, best first. Its most telling words are those it repeats, or
 * has in its title, and that the statistics of the index do not know as common.
 */
export async function similarIds(
  db: Pick<PrismaClient, '$queryRaw'>,
  documentId: string,
  access: Access,
  first: number,
): Promise<string[]> {
  const rows = await db.$queryRaw<{ id: string }[]>(Prisma.sql`
    WITH common AS MATERIALIZED (
      SELECT word FROM pg_stats s, unnest(s.most_common_elems::text::text[], s.most_common_elem_freqs) AS known(word, freq)
      WHERE s.schemaname = 'public' AND s.tablename = 'search_entries' AND s.attname = 'vector' AND freq > ${COMMON}
    ), telling AS MATERIALIZED (
      SELECT lexeme FROM "search_entries" e, unnest(e."vector") AS words(lexeme, positions, weights)
      WHERE e."document_id" = ${documentId}::uuid AND length(lexeme) BETWEEN 4 AND 40 AND lexeme !~ '[0-9]'
        AND lexeme NOT IN (SELECT word FROM common)
      ORDER BY coalesce(cardinality(positions), 0) * CASE WHEN 'A' = ANY(weights) THEN 4 ELSE 1 END DESC, length(lexeme) DESC, lexeme
      LIMIT ${WORDS}
    ), asked AS MATERIALIZED (
      SELECT string_agg(quote_literal(lexeme), ' | ')::tsquery AS query FROM telling
    ), matched AS MATERIALIZED (
      SELECT e."document_id", e."vector" FROM asked, "search_entries" e
      WHERE e."keys" && ${readerKeys(access)}::text[] AND e."vector" @@ asked.query AND e."document_id" <> ${documentId}::uuid
      LIMIT ${LOOKED_AT}
    )
    SELECT "document_id" AS id FROM matched, asked, LATERAL (
      SELECT count(*) AS n FROM telling t WHERE "vector" @@ quote_literal(t.lexeme)::tsquery
    ) shared WHERE shared.n >= least(3, (SELECT count(*) FROM telling))
    ORDER BY shared.n DESC, ts_rank("vector", asked.query, 1) DESC, "document_id" DESC LIMIT ${first}`)
  return rows.map(({ id }) => id)
}
