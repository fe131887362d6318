import { InvalidInputError } from '@archivolt/kit/errors/domain-error'
import { v7 as uuidv7 } from 'uuid'
import { type Prisma, type Provenance, type Topic } from '../../../prisma/client/client.ts'
import { MAX_OWN_TOPICS, MAX_TOPICS } from '../topic.ts'

type Tx = Prisma.TransactionClient

/** The topics of these names in one person's set, made where they are missing. @throws InvalidInputError when they have too many */
export async function ensureTopics(tx: Tx, ownerId: string, names: readonly string[]): Promise<Topic[]> {
  if (names.length === 0) return []
  const ids = names.map(() => uuidv7())
  await tx.$executeRaw`
    INSERT INTO "topics" ("id", "owner_id", "name")
    SELECT id::uuid, ${ownerId}::uuid, name FROM unnest(${ids}::text[], ${[...names]}::text[]) AS given(id, name)
    ON CONFLICT ("owner_id", "folded") DO NOTHING`
  if ((await tx.topic.count({ where: { ownerId } })) > MAX_OWN_TOPICS)
    throw new InvalidInputError('topics', `There are ${MAX_OWN_TOPICS} topics already; use one of those.`)
  return topicsNamed(tx, ownerId, names)
}

/** Those of a person's topics that have one of these names, whatever case and accents. */
export async function topicsNamed(
  tx: Pick<Tx, '$queryRaw'>,
  ownerId: string,
  names: readonly string[],
): Promise<Topic[]> {
  return tx.$queryRaw<Topic[]>`
    SELECT "id", "owner_id" AS "ownerId", "name", "folded", "created_at" AS "createdAt" FROM "topics"
    WHERE "owner_id" = ${ownerId}::uuid AND "folded" IN (SELECT public.fold(name) FROM unnest(${[...names]}::text[]) AS name)`
}

/** Gives a document topics it has not; one it has keeps its provenance. @throws InvalidInputError when there are too many */
export async function addTopics(
  tx: Tx,
  document: { id: string; ownerId: string },
  names: readonly string[],
  by: { provenance: Provenance; userId: string },
): Promise<void> {
  const topics = await ensureTopics(tx, document.ownerId, names)
  await tx.documentTopic.createMany({
    data: topics.map((topic) => ({
      documentId: document.id,
      topicId: topic.id,
      provenance: by.provenance,
      addedBy: by.userId,
    })),
    skipDuplicates: true,
  })
  if ((await tx.documentTopic.count({ where: { documentId: document.id } })) > MAX_TOPICS)
    throw new InvalidInputError('topics', `A document has at most ${MAX_TOPICS} topics.`)
}

/** Takes topics from a document. A topic that no document has any more goes too. */
export async function removeTopics(tx: Tx, documentId: string, topicIds: readonly string[]): Promise<void> {
  if (topicIds.length === 0) return
  await tx.documentTopic.deleteMany({ where: { documentId, topicId: { in: [...topicIds] } } })
  await tx.topic.deleteMany({ where: { id: { in: [...topicIds] }, documents: { none: {} } } })
}

/** Makes a document's topics exactly these; those it keeps keep their provenance. @throws InvalidInputError */
export async function setTopics(
  tx: Tx,
  document: { id: string; ownerId: string },
  names: readonly string[],
  by: { provenance: Provenance; userId: string },
): Promise<void> {
  const wanted = new Set((await ensureTopics(tx, document.ownerId, names)).map(({ id }) => id))
  const present = await tx.documentTopic.findMany({ where: { documentId: document.id }, select: { topicId: true } })
  await removeTopics(
    tx,
    document.id,
    present.map(({ topicId }) => topicId).filter((id) => !wanted.has(id)),
  )
  await addTopics(tx, document, names, by)
}
