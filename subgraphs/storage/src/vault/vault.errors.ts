import { DomainError } from '@archivolt/kit/errors/domain-error'

/** The place is not this vault's, or not any more. Nothing is written there. */
export class MarkerError extends DomainError {
  override readonly status = 503
  constructor(kind: 'foreign' | 'missing') {
    super(
      `storage.marker_${kind}`,
      kind === 'foreign'
        ? 'This place already belongs to another vault. Choose an empty folder or bucket, or another prefix.'
        : 'This place does not carry the mark of this vault any more. Is the disk mounted, and is it the right bucket? Nothing is written until it is back.',
    )
  }
}
