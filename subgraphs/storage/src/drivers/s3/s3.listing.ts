import { ListObjectsV2Command } from '@aws-sdk/client-s3'
import type { StoredObject } from '../driver.ts'
import { asObjectKey } from '../object-key.ts'
import type { S3Place } from './s3.client.ts'

/** Every object whose key begins with these characters, page by page, from `after` on. Files of others are no objects. */
export async function* objectsBelow(
  place: S3Place,
  start: string,
  pageSize: number | undefined,
  after?: string,
): AsyncGenerator<StoredObject> {
  const StartAfter = after === undefined ? undefined : place.nameOf(after)
  const at = { Bucket: place.bucket, Prefix: place.nameOf(start), MaxKeys: pageSize, StartAfter }
  for (let token: string | undefined; ;) {
    const page = await place.client.send(new ListObjectsV2Command({ ...at, ContinuationToken: token }))
    for (const { Key = '', Size = 0 } of page.Contents ?? []) {
      const key = asObjectKey(Key.slice(place.prefix.length))
      if (key) yield { key, size: Size }
    }
    if (!page.IsTruncated) return
    token = page.NextContinuationToken
  }
}
