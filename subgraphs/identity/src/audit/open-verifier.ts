import { prismaAdapter } from '@archivolt/kit/database/adapter'
import { deriveKey, signingKeys } from '@archivolt/kit/identity/keys'
import { PrismaClient } from '../../prisma/client/client.ts'
import { AUDIT_CHAIN, AUDIT_HEADS } from './audit-keys.ts'
import { verifyAudit } from './usecases/verify-audit.ts'

export { readHead } from './read-head.ts'

/** Goes through the audit log of a vault from outside its services. */
export function openVerifier(at: { databaseUrl: string; secret: string }) {
  const db = new PrismaClient({ adapter: prismaAdapter('audit', at.databaseUrl, 1) })
  return {
    verify: verifyAudit({
      db,
      chainKey: deriveKey(at.secret, AUDIT_CHAIN),
      headKey: signingKeys(at.secret, AUDIT_HEADS).publicKey,
    }),
    close: () => db.$disconnect(),
  }
}
