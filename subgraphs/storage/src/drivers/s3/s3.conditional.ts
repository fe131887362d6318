import { randomUUID } from 'node:crypto'
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import type { S3Place } from './s3.client.ts'
import { statusOf } from './s3.errors.ts'

/** How names of questions begin. A dot begins no key of ours: they are never listed or read as objects. */
export const PROBE = '.probe-'

/**
 * Asks the service once whether it honours `If-None-Match: *`, by writing an object of no bytes twice. Some ignore the
 * header, some refuse it. The answer is kept; a failure to ask counts as no, and is asked again at the next write.
 */
export function conditionalWrites(place: S3Place): () => Promise<boolean> {
  let known: Promise<boolean> | undefined
  return () => {
    known ??= probe(place).then((answer) => {
      if (answer === null) known = undefined
      return answer ?? false
    })
    return known
  }
}

async function probe({ client, bucket, nameOf }: S3Place): Promise<boolean | null> {
  const Key = nameOf(`${PROBE}${randomUUID()}`)
  const write = () =>
    client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Buffer.alloc(0), IfNoneMatch: '*' }))
  try {
    await write()
  } catch (error) {
    // "Not implemented", or a bad request: a plain write may still work.
    return statusOf(error) === 501 || statusOf(error) === 400 ? false : null
  }
  try {
    await write()
    return false
  } catch (error) {
    return statusOf(error) === 412 || statusOf(error) === 409 ? true : null
  } finally {
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key })).catch(() => {})
  }
}
