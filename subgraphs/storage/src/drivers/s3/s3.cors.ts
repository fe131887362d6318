import { createHash } from 'node:crypto'
import { PutBucketCorsCommand } from '@aws-sdk/client-s3'
import type { S3Place } from './s3.client.ts'
import { fromS3 } from './s3.errors.ts'

/**
 * Lets browsers of these origins put to and get from the bucket. Not every service has this setting, and not every
 * key may change it: a refusal is no fault of the bucket. @throws DriverError with the reason
 */
export async function ensureCors({ client, bucket }: S3Place, origins: readonly string[]): Promise<void> {
  const command = new PutBucketCorsCommand({
    Bucket: bucket,
    CORSConfiguration: {
      CORSRules: [
        {
          AllowedOrigins: [...origins],
          AllowedMethods: ['GET', 'HEAD', 'PUT'],
          AllowedHeaders: ['*'],
          // A part's tag must be readable, as it is shown at completion.
          ExposeHeaders: ['ETag', 'Content-Length', 'Content-Range'],
          MaxAgeSeconds: 3600,
        },
      ],
    },
  })
  // Services that do not know newer checksums ask for this one.
  command.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { body?: string; headers: Record<string, string> }
      request.headers['content-md5'] = createHash('md5')
        .update(request.body ?? '')
        .digest('base64')
      return next(args)
    },
    { step: 'build', name: 'contentMd5' },
  )
  try {
    await client.send(command)
  } catch (error) {
    throw fromS3(error, bucket, 'write')
  }
}
