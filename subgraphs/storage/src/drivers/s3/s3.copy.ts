import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  UploadPartCopyCommand,
  type CompletedPart,
} from '@aws-sdk/client-s3'
import type { S3Place } from './s3.client.ts'

/** One request copies at most 5 GiB. */
const COPY_LIMIT = 5 * 1024 ** 3
const PART = 1024 ** 3

/** Lets the service copy an object of `size` bytes to another name. */
export async function copyObject(
  place: S3Place,
  from: string,
  to: string,
  size: number,
  { limit = COPY_LIMIT, part = PART } = {},
): Promise<void> {
  const { client, bucket } = place
  const source = `${bucket}/${from.split('/').map(encodeURIComponent).join('/')}`
  const target = { Bucket: bucket, Key: to }
  if (size <= limit) {
    await client.send(new CopyObjectCommand({ ...target, CopySource: source }))
    return
  }
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(target))
  const Parts: CompletedPart[] = []
  try {
    for (let start = 0; start < size; start += part) {
      const range = `bytes=${start}-${Math.min(start + part, size) - 1}`
      const PartNumber = Parts.length + 1
      const command = new UploadPartCopyCommand({
        ...target,
        UploadId,
        PartNumber,
        CopySource: source,
        CopySourceRange: range,
      })
      const { CopyPartResult } = await client.send(command)
      Parts.push({ PartNumber, ETag: CopyPartResult?.ETag })
    }
    await client.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }))
  } catch (error) {
    await client.send(new AbortMultipartUploadCommand({ ...target, UploadId })).catch(() => {})
    throw error
  }
}
