import type { Viewer } from '@archivolt/kit/identity/identity'
import type { PrismaClient } from '../../../prisma/client/client.ts'
import { groupNames } from '../../sessions/usecases/open-session.ts'

interface Deps {
  db: PrismaClient
  now: () => number
}

export interface KnownToken {
  viewer: Viewer
  /** Milliseconds since 1970. */
  expiresAt: number
}

/** Last use is shown to the minute: not every request has to write. */
const NOTE_EVERY_MS = 60_000

/** Whose token this is, by its SHA-256 in hexadecimal; null for none that may be used now. Notes the use. */
export const lookUpApiToken =
  (deps: Deps) =>
  async (hash: string, ip: string): Promise<KnownToken | null> => {
    if (!/^[0-9a-f]{64}$/.test(hash)) return null
    const now = deps.now()
    const row = await deps.db.apiToken.findUnique({
      where: { hash: Buffer.from(hash, 'hex') },
      include: { user: true },
    })
    if (!row || row.revokedAt || row.expiresAt.getTime() <= now || !row.user.active) return null
    if (now - (row.lastUsedAt?.getTime() ?? 0) >= NOTE_EVERY_MS)
      await deps.db.apiToken.update({ where: { id: row.id }, data: { lastUsedAt: new Date(now), lastUsedIp: ip } })
    const { id, user, scopes } = row
    const groups = await groupNames(deps.db, user.id)
    const viewer: Viewer = { userId: user.id, role: user.role, groups, scopes, sessionId: id }
    return { viewer, expiresAt: row.expiresAt.getTime() }
  }
