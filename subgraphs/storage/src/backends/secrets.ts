import type { Sealer } from '@archivolt/kit/crypto/sealed'
import type { StorageBackend } from '../../prisma/client/client.ts'

const field = 'backend-secrets'

/** Seals the secret part of a backend's configuration, bound to that backend. Null when there is nothing to seal. */
export function sealSecrets(
  sealer: Sealer,
  backendId: string,
  secrets: Record<string, unknown>,
): Uint8Array<ArrayBuffer> | null {
  if (Object.keys(secrets).length === 0) return null
  return new Uint8Array(sealer.seal(JSON.stringify(secrets), { owner: backendId, field }))
}

/** The same secrets under the current master key. @throws CannotOpenError */
export function resealSecrets(sealer: Sealer, backendId: string, sealed: Uint8Array): Uint8Array<ArrayBuffer> {
  const place = { owner: backendId, field }
  return new Uint8Array(sealer.seal(sealer.open(sealed, place), place))
}

/** The whole configuration of a backend, for its driver alone. @throws DomainError when the master key is another */
export function fullConfig(
  sealer: Sealer,
  backend: Pick<StorageBackend, 'id' | 'config' | 'secrets'>,
): Record<string, unknown> {
  const shown = backend.config as Record<string, unknown>
  if (!backend.secrets) return shown
  const secrets = JSON.parse(sealer.open(Buffer.from(backend.secrets), { owner: backend.id, field })) as Record<
    string,
    unknown
  >
  return { ...shown, ...secrets }
}
