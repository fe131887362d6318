import { buffer } from 'node:stream/consumers'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { failure, holdBody } from '../body.ts'
import type { Multipart, StoredObject, UploadedPart } from '../driver.ts'
import { BackendUnavailable, ObjectExists, ObjectNotFound } from '../driver.errors.ts'
import { toObjectKey, type ObjectKey } from '../object-key.ts'
import type { S3Place } from './s3.client.ts'
import { attemptsOf, fromS3 } from './s3.errors.ts'
import { headOf, markedAs } from './s3.mark.ts'

/** The service's own limits: 5 MiB, and 10,000 parts. */
const MIN_PART_SIZE = 5 * 1024 ** 2
const MAX_PARTS = 10_000

export interface S3Parts extends Omit<Multipart, 'presignPart' | 'begin'> {
  begin(key: ObjectKey, options?: { contentType?: string; mark?: string }): Promise<string>
  /** A part whose bytes are all here. */
  sendPart(key: ObjectKey, uploadId: string, number: number, bytes: Buffer, signal?: AbortSignal): Promise<UploadedPart>
  finish(
    key: ObjectKey,
    uploadId: string,
    parts: readonly UploadedPart[],
    options: { exclusive: boolean; mark?: string; signal?: AbortSignal },
  ): Promise<StoredObject>
}

/** Large objects in parts. A part is held in memory while it is sent, so that it can be sent again. */
export function s3Multipart(place: S3Place, exclusive: () => Promise<boolean>): S3Parts {
  const { client, bucket } = place
  const at = (key: ObjectKey) => ({ Bucket: bucket, Key: place.nameOf(toObjectKey(key)) })

  const parts: S3Parts = {
    minPartSize: MIN_PART_SIZE,
    maxParts: MAX_PARTS,

    async begin(key, options) {
      try {
        const { UploadId } = await client.send(
          new CreateMultipartUploadCommand({
            ...at(key),
            ContentType: options?.contentType,
            Metadata: options?.mark === undefined ? undefined : markedAs(options.mark),
          }),
        )
        if (!UploadId) throw new BackendUnavailable('The storage began an upload in parts, but gave it no name.')
        return UploadId
      } catch (error) {
        throw fromS3(error, key, 'write')
      }
    },

    async putPart(key, uploadId, number, source, options) {
      const body = holdBody(source, options)
      try {
        return await parts.sendPart(key, uploadId, number, await buffer(body.chunks), options.signal)
      } finally {
        body.release()
      }
    },

    async sendPart(key, uploadId, number, bytes, signal) {
      const command = new UploadPartCommand({
        ...at(key),
        UploadId: uploadId,
        PartNumber: number,
        Body: bytes,
        ContentLength: bytes.length,
      })
      try {
        const { ETag } = await client.send(command, { abortSignal: signal })
        if (!ETag) throw new BackendUnavailable('The storage took a part, but did not confirm it.')
        return { number, tag: ETag, size: bytes.length }
      } catch (error) {
        throw failure(error, signal, (reason) => fromS3(reason, key, 'write'))
      }
    },

    async listParts(key, uploadId) {
      const found: UploadedPart[] = []
      try {
        for (let after: string | undefined; ;) {
          const page = await client.send(
            new ListPartsCommand({ ...at(key), UploadId: uploadId, PartNumberMarker: after }),
          )
          for (const { PartNumber, ETag, Size } of page.Parts ?? []) {
            if (PartNumber && ETag) found.push({ number: PartNumber, tag: ETag, size: Size ?? 0 })
          }
          if (!page.IsTruncated || !page.NextPartNumberMarker) return found
          after = page.NextPartNumberMarker
        }
      } catch (error) {
        throw fromS3(error, key, 'read')
      }
    },

    complete: async (key, uploadId, given) => parts.finish(key, uploadId, given, { exclusive: await exclusive() }),

    async finish(key, uploadId, given, options) {
      const expected = given.reduce((sum, part) => sum + part.size, 0)
      const Parts = [...given]
        .sort((a, b) => a.number - b.number)
        .map(({ number, tag }) => ({ PartNumber: number, ETag: tag }))
      try {
        await client.send(
          new CompleteMultipartUploadCommand({
            ...at(key),
            UploadId: uploadId,
            MultipartUpload: { Parts },
            ...(options.exclusive ? { IfNoneMatch: '*' } : {}),
          }),
          { abortSignal: options.signal },
        )
      } catch (error) {
        const explained = fromS3(error, key, 'write')
        // An earlier attempt may have completed it and lost the answer; the check below tells.
        const again = explained instanceof ObjectNotFound || explained instanceof ObjectExists
        if (!again || attemptsOf(error) === 1) throw explained
      }
      return confirm(key, expected, options.mark)
    },

    async abort(key, uploadId) {
      try {
        await client.send(new AbortMultipartUploadCommand({ ...at(key), UploadId: uploadId }))
      } catch (error) {
        const explained = fromS3(error, key, 'write')
        if (!(explained instanceof ObjectNotFound)) throw explained
      }
    },
  }

  /** Some services answer a completion before they know its outcome: what is there is asked, not assumed. */
  async function confirm(key: ObjectKey, expected: number, mark: string | undefined): Promise<StoredObject> {
    const found = await headOf(place, key).catch((error: unknown) => {
      throw fromS3(error, key, 'read')
    })
    if (mark !== undefined && found.mark !== mark) throw new ObjectExists(key)
    if (found.size !== expected) {
      throw new BackendUnavailable(`The parts had ${expected} bytes, but ${found.size} are stored. Try again.`)
    }
    return { key, size: found.size }
  }

  return parts
}
