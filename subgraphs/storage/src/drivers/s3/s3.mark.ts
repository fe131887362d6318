import { HeadObjectCommand } from '@aws-sdk/client-s3'
import type { ObjectKey } from '../object-key.ts'
import type { S3Place } from './s3.client.ts'

const NAME = 'vault-write'

/** The metadata that tells one write of a key from any other. An answer may be lost, and then only this says whose bytes are there. */
export const markedAs = (mark: string): Record<string, string> => ({ [NAME]: mark })

/** What is under the key, with the mark of the write that put it there. @throws the SDK's error, also when nothing is there */
export async function headOf(place: S3Place, key: ObjectKey): Promise<{ size: number; mark: string | undefined }> {
  const found = await place.client.send(new HeadObjectCommand({ Bucket: place.bucket, Key: place.nameOf(key) }))
  return { size: found.ContentLength ?? 0, mark: found.Metadata?.[NAME] }
}

/** Whether what is under the key came from this write. */
export async function isMarked(place: S3Place, key: ObjectKey, mark: string): Promise<boolean> {
  return headOf(place, key).then(
    (found) => found.mark === mark,
    () => false,
  )
}
