import type DataLoader from 'dataloader'
import type { Blob, Replica } from '../../prisma/client/client.ts'
import type { Backends } from '../backends/backends.ts'
import { keyOf } from './replica-key.ts'
import { attachmentOf } from './disposition.ts'

export type ReplicaLoader = DataLoader<string, Replica[]>

/**
 * An address at the place that keeps the blob, for clients that reach it. Null where the bytes pass through storage, and
 * also when the place cannot be opened right now: then reading through storage tries every replica.
 */
export const presignDownload =
  (deps: { backends: Backends; replicas: ReplicaLoader }) =>
  async (blob: Blob, expiresInSeconds: number): Promise<string | null> => {
    for (const replica of await deps.replicas.load(blob.id)) {
      const place = await deps.backends.open(replica.backendId).catch(() => null)
      // A client with an address cannot fall back on another place.
      if (!place?.direct || !place.driver.presign || place.backend.state === 'DOWN') continue
      const options = {
        method: 'GET' as const,
        expiresInSeconds,
        contentDisposition: attachmentOf(blob.filename),
      }
      return (await place.driver.presign(keyOf(blob, replica), options)).url
    }
    return null
  }
