import { GetObjectCommand, PutObjectCommand, UploadPartCommand } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import type { Multipart, StorageDriver } from '../driver.ts'
import { toObjectKey, type ObjectKey } from '../object-key.ts'
import type { S3Place } from './s3.client.ts'

/** Addresses that browsers use without the vault in between. All they may do is signed with them. */
export function s3Presign(
  place: S3Place,
  exclusive: () => Promise<boolean>,
): { presign: NonNullable<StorageDriver['presign']>; presignPart: NonNullable<Multipart['presignPart']> } {
  const at = (key: ObjectKey) => ({ Bucket: place.bucket, Key: place.nameOf(toObjectKey(key)) })
  return {
    async presign(key, options) {
      const expiresIn = options.expiresInSeconds
      if (options.method === 'GET') {
        const command = new GetObjectCommand({ ...at(key), ResponseContentDisposition: options.contentDisposition })
        return { url: await getSignedUrl(place.signer, command, { expiresIn }), headers: {} }
      }
      // Whoever keeps the address until after the upload was checked must not put other bytes in its place.
      const once = await exclusive()
      const command = new PutObjectCommand({
        ...at(key),
        ContentType: options.contentType,
        ContentLength: options.size,
        ...(once ? { IfNoneMatch: '*' } : {}),
      })
      const headers = {
        ...(options.contentType === undefined ? {} : { 'content-type': options.contentType }),
        ...(once ? { 'if-none-match': '*' } : {}),
      }
      const signed = new Set(['host', 'content-length', ...Object.keys(headers)])
      const url = await getSignedUrl(place.signer, command, {
        expiresIn,
        signableHeaders: signed,
        unhoistableHeaders: signed,
      })
      return { url, headers }
    },

    async presignPart(key, uploadId, number, { expiresInSeconds }) {
      const command = new UploadPartCommand({ ...at(key), UploadId: uploadId, PartNumber: number })
      return { url: await getSignedUrl(place.signer, command, { expiresIn: expiresInSeconds }), headers: {} }
    },
  }
}
