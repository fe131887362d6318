import { CreateBucketCommand, HeadBucketCommand } from '@aws-sdk/client-s3'
import type { z } from 'zod'
import { openPlace } from './s3.client.ts'
import type { s3Config } from './s3.config.ts'
import { fromS3, statusOf } from './s3.errors.ts'

/** Makes the bucket where it is missing: for the operator's own store, which begins empty. @throws DriverError */
export async function ensureBucket(config: z.output<typeof s3Config>): Promise<void> {
  const { client, bucket, signer } = openPlace(config)
  try {
    await client.send(new HeadBucketCommand({ Bucket: bucket })).catch(async (error: unknown) => {
      if (statusOf(error) !== 404) throw error
      await client.send(new CreateBucketCommand({ Bucket: bucket }))
    })
  } catch (error) {
    throw fromS3(error, bucket, 'write')
  } finally {
    client.destroy()
    signer.destroy()
  }
}
