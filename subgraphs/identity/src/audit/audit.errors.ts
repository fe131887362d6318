import { DomainError } from '@archivolt/kit/errors/domain-error'

/** In the bucket lies another file of the day than the log gives: one of the two was changed. */
export class AuditExportDiffersError extends DomainError {
  constructor(day: string) {
    super(
      'identity.audit.export_differs',
      `The exported file of ${day} is not what the log says. Neither was changed now; run npm run audit:verify.`,
    )
  }
}
