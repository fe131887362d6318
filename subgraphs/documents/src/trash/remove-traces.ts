import type { ObjectStore } from '@archivolt/kit/objects/object-store'
import type { ServiceClient } from '@archivolt/kit/server/service-client'
import { removeObjects } from '../previews/usecases/draw-previews.ts'
import { HOUSE } from '../storage/byte-store.ts'

const TIMEOUT_MS = 10_000

/** What other services keep of a document, and how it is removed; absent is success, and whatever fails throws. */
export function removeTraces(deps: { objects: ObjectStore; services: ServiceClient }) {
  return {
    /** Page images, in the bucket `previews`. */
    removePreviews: (documentId: string): Promise<void> => removeObjects(deps.objects, documentId),
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
