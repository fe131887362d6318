import { toObjectKey, type ObjectKey } from '../drivers/object-key.ts'

/** The name of a blob's object at the place of one of its replicas: the blob's own, unless it was written there anew. */
export function keyOf(blob: { key: string }, replica: { key: string | null }): ObjectKey {
  return toObjectKey(replica.key ?? blob.key)
}
