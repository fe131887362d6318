import { fromGlobalId } from '@archivolt/kit/graph/global-id'
import { sha256 } from '../lib/random.ts'
import type { Client } from './client.ts'
import type { Entry } from './journal.ts'

const LIST = `query ($after: String) { documents(first: 100, after: $after) { totalCount
  edges { node { id status file { size sha256 download { url } } } } pageInfo { hasNextPage endCursor } } }`
const AT_ONCE = 4
const PATIENCE_MS = 30_000

interface Listed {
  id: string
  status: string
  file: { size: number; sha256: string; download: { url: string } } | null
}

/** Reads every file that a person's list shows, through the public door. @returns how many, and what was wrong */
export async function readWholeList(
  client: Client,
  entries: readonly Entry[],
): Promise<{ files: number; wrong: string[] }> {
  const wrong: string[] = []
  const listed = await listAll(client).catch((error: Error) => {
    wrong.push(`the list could not be read: ${error.message}`)
    return []
  })
  const byId = new Map(listed.map((node) => [fromGlobalId('Document', node.id), node]))
  for (const entry of entries) {
    if (entry.belief === 'complete' && !byId.get(entry.documentId ?? '')?.file)
      wrong.push(`file ${entry.number} is not listed`)
  }
  const expected = new Map(entries.map((entry) => [entry.documentId, entry.sha256]))
  const queue = listed.filter(({ file }) => file)
  const files = queue.length
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let node = queue.pop(); node; node = queue.pop()) {
        const problem = await tryToRead(client, node, expected.get(fromGlobalId('Document', node.id) ?? ''))
        if (problem) wrong.push(`${node.id}: ${problem}`)
      }
    }),
  )
  return { files, wrong }
}

async function listAll(client: Client): Promise<Listed[]> {
  const listed: Listed[] = []
  for (let after: string | null = null; ;) {
    const { data } = await client.ask(LIST, { after }, Date.now() + PATIENCE_MS)
    listed.push(...(data.edges as { node: Listed }[]).map(({ node }) => node))
    if (!data.pageInfo.hasNextPage) return listed
    after = data.pageInfo.endCursor as string
  }
}

async function tryToRead(client: Client, { file }: Listed, expected: string | undefined): Promise<string | null> {
  if (!file) return null
  try {
    const reply = await fetch(new URL(file.download.url, client.person.url))
    const bytes = Buffer.from(await reply.arrayBuffer())
    if (reply.status !== 200) return `answered ${reply.status}`
    if (bytes.length !== file.size || sha256(bytes) !== file.sha256) return 'other bytes than it tells'
    return expected === undefined || expected === file.sha256 ? null : 'other bytes than were sent'
  } catch (error) {
    return (error as Error).message
  }
}
