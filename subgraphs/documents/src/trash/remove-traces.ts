import type { ObjectStore } from '@archivolt/kit/objects/object-store'
import type { ServiceClient } from '@archivolt/kit/server/service-client'
import type { PrismaClient } from '../../prisma/client/client.ts'
import { HOUSE } from '../storage/byte-store.ts'

const TIMEOUT_MS = 10_000

/** What other services keep of a document, and how it is removed; absent is success, and whatever fails throws. */
export function removeTraces(deps: { db: PrismaClient; objects: ObjectStore; services: ServiceClient }) {
  return {
    /** Page images, in the bucket `previews`. */
    async removePreviews(documentId: string, signal: AbortSignal): Promise<void> {
      const previews = await deps.db.preview.findMany({ where: { documentId }, select: { object: true } })
      for (const { object } of previews) {
        signal.throwIfAborted()
        await deps.objects.delete({ bucket: 'previews', name: object })
      }
    },
    /** What an AI said of it: the contract `DELETE /internal/documents/{id}` of ai. */
    async forgetByAi(documentId: string, signal: AbortSignal): Promise<void> {
      await deps.services.json('ai', {
        method: 'DELETE',
        path: `/internal/documents/${documentId}`,
        identity: HOUSE,
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      })
    },
  }
}
