import { HeadBucketCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { failure } from '../body.ts'
import { BackendUnavailable } from '../driver.errors.ts'
import type { S3Place } from './s3.client.ts'
import { fromS3, statusOf } from './s3.errors.ts'

/** Asks for the bucket, and makes nothing. @throws DriverError with a sentence on what to correct */
export async function checkBucket({ client, bucket, prefix }: S3Place, signal?: AbortSignal): Promise<void> {
  try {
    await client.send(new HeadBucketCommand({ Bucket: bucket }), { abortSignal: signal })
  } catch (error) {
    if (statusOf(error) === 404)
      throw new BackendUnavailable(`There is no bucket "${bucket}". Make it, or correct its name.`, { cause: error })
    // An answer to HEAD has no body, and so no reason. A listing is refused for the same one, and names it.
    const named = await client
      .send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: 1 }), { abortSignal: signal })
      .then(
        () => error,
        (reason: unknown) => reason,
      )
    throw failure(statusOf(named) === undefined ? error : named, signal, (reason) => fromS3(reason, bucket, 'read'))
  }
}
