import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
} from '@aws-sdk/client-s3'
import { failure } from '../body.ts'
import { asObjectKey } from '../object-key.ts'
import type { S3Place } from './s3.client.ts'
import { PROBE } from './s3.conditional.ts'
import { fromS3, isAbsent } from './s3.errors.ts'

/**
 * Gives up uploads in parts of which no part has arrived since `before`, and takes away questions that a dying process
 * left. Uploads of others in the same bucket, whose names are no keys of ours, are left alone. @returns how many
 */
export async function sweepBucket(place: S3Place, before: Date, signal?: AbortSignal): Promise<number> {
  try {
    return (await sweepUploads(place, before, signal)) + (await sweepProbes(place, before, signal))
  } catch (error) {
    throw failure(error, signal, (reason) => fromS3(reason, place.bucket, 'write'))
  }
}

async function sweepUploads(place: S3Place, before: Date, abortSignal?: AbortSignal): Promise<number> {
  const { client, bucket: Bucket, prefix: Prefix } = place
  let swept = 0
  let at: { KeyMarker?: string; UploadIdMarker?: string } = {}
  for (;;) {
    const page = await client.send(new ListMultipartUploadsCommand({ Bucket, Prefix, ...at }), { abortSignal })
    for (const { Key = '', UploadId, Initiated } of page.Uploads ?? []) {
      if (!UploadId || !Initiated || Initiated >= before || !asObjectKey(Key.slice(Prefix.length))) continue
      if (await isAlive(place, Key, UploadId, before, abortSignal)) continue
      await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }), { abortSignal }).catch(unlessAbsent)
      swept++
    }
    if (!page.IsTruncated || !page.NextKeyMarker) return swept
    at = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
  }
}

/** A slow sender may take days; as long as parts arrive, it lives. */
async function isAlive(
  { client, bucket: Bucket }: S3Place,
  Key: string,
  UploadId: string,
  before: Date,
  abortSignal?: AbortSignal,
): Promise<boolean> {
  for (let after: string | undefined; ;) {
    const page = await client
      .send(new ListPartsCommand({ Bucket, Key, UploadId, PartNumberMarker: after }), { abortSignal })
      .catch(unlessAbsent)
    if (page?.Parts?.some(({ LastModified }) => !LastModified || LastModified >= before)) return true
    if (!page?.IsTruncated || !page.NextPartNumberMarker) return false
    after = page.NextPartNumberMarker
  }
}

async function sweepProbes(place: S3Place, before: Date, abortSignal?: AbortSignal): Promise<number> {
  const { client, bucket: Bucket } = place
  let swept = 0
  for (let token: string | undefined; ;) {
    const Prefix = place.nameOf(PROBE)
    const page = await client.send(new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken: token }), {
      abortSignal,
    })
    for (const { Key, LastModified } of page.Contents ?? []) {
      if (!LastModified || LastModified >= before) continue
      await client.send(new DeleteObjectCommand({ Bucket, Key }), { abortSignal })
      swept++
    }
    if (!page.IsTruncated) return swept
    token = page.NextContinuationToken
  }
}

function unlessAbsent(error: unknown): undefined {
  if (!isAbsent(error)) throw error
}
