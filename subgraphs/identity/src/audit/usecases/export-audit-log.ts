import { recordAudit } from '@archivolt/kit/audit/record-audit'
import type { AuditExport, PrismaClient } from '../../../prisma/client/client.ts'
import type { Actor } from '../actor.ts'
import type { ExportAudit } from './export-audit.ts'

interface Deps {
  db: PrismaClient
  exportAudit: ExportAudit
  outbox: { kick(): void }
  now: () => number
}

/** Exports what is due because somebody asked, and records that they did. @throws AuditExportDiffersError, UnavailableError */
export const exportAuditLog =
  (deps: Deps) =>
  async (actor: Actor): Promise<AuditExport[]> => {
    const exports = await deps.exportAudit()
    await recordAudit(deps.db, {
      ...actor,
      at: new Date(deps.now()).toISOString(),
      type: 'identity.audit.exported',
      target: null,
      details: { days: exports.length },
    })
    deps.outbox.kick()
    return exports
  }
