import type { PrismaClient } from '../../../prisma/client/client.ts'
import type { ProposedTopic } from '../../providers/provider.ts'
import { topicKey } from '../../providers/tidy-topics.ts'
import { MAX_OPEN } from '../suggestion.ts'

interface NewSuggestions {
  documentId: string
  proposed: readonly ProposedTopic[]
  by: { name: string; model: string }
}

/** Stores what a provider proposed. What the person has accepted or rejected, in whatever case, stays as they left it. */
export async function keepSuggestions(db: PrismaClient, { documentId, proposed, by }: NewSuggestions): Promise<void> {
  await db.$transaction(async (tx) => {
    // Two answers at once for one document would otherwise both add what the other just added.
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`suggestions:${documentId}`}, 0))`
    const rows = await tx.suggestion.findMany({ where: { documentId } })
    const existing = new Map(rows.map((row) => [topicKey(row.topic), row]))
    let open = rows.filter((row) => row.state === 'PROPOSED').length
    for (const { topic, known } of proposed) {
      const row = existing.get(topicKey(topic))
      const data = { topic, known, provider: by.name, model: by.model }
      if (row?.state === 'PROPOSED') await tx.suggestion.update({ where: { id: row.id }, data })
      else if (!row && open++ < MAX_OPEN) await tx.suggestion.create({ data: { documentId, ...data } })
    }
  })
}
