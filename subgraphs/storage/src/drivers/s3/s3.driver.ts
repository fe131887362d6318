import { randomUUID } from 'node:crypto'
import { DeleteObjectCommand, GetObjectCommand, HeadBucketCommand, HeadObjectCommand } from '@aws-sdk/client-s3'
import type { Readable } from 'node:stream'
import { failure, holdBody, piecesOf } from '../body.ts'
import type { Multipart, StorageDriver, StoredObject } from '../driver.ts'
import { BackendUnavailable, ObjectExists, ObjectNotFound } from '../driver.errors.ts'
import { objectStream } from '../object-stream.ts'
import { toObjectKey, type ObjectKey } from '../object-key.ts'
import { checkBucket } from './s3.check.ts'
import { openPlace, type Agents } from './s3.client.ts'
import { conditionalWrites } from './s3.conditional.ts'
import { s3Config, type S3Config } from './s3.config.ts'
import { copyObject } from './s3.copy.ts'
import { ensureCors } from './s3.cors.ts'
import { fromS3, isAbsent, type Doing } from './s3.errors.ts'
import { objectsBelow } from './s3.listing.ts'
import { isMarked } from './s3.mark.ts'
import { s3Multipart } from './s3.multipart.ts'
import { s3Presign } from './s3.presign.ts'
import { putInParts, putStreamed, putWhole, STREAM_LIMIT, type S3Write } from './s3.put.ts'
import { sweepBucket } from './s3.sweep.ts'

/** Bytes of a part, and the size up to which an object is written in one request. At most four are held in memory. */
const PART_SIZE = 8 * 1024 ** 2

export interface S3Driver extends StorageDriver {
  copy: NonNullable<StorageDriver['copy']>
  presign: NonNullable<StorageDriver['presign']>
  multipart: Multipart
  /** Lets browsers of these origins reach the bucket. @throws DriverError where the service or the keys do not allow it */
  ensureCors(origins: readonly string[]): Promise<void>
}

export interface S3Options {
  agents?: Agents
  /** Objects of one page of a listing. @default 1000, the service's own limit */
  pageSize?: number
}

/** Objects in a bucket of AWS or of any service that speaks its protocol. @throws ZodError for a configuration that does not fit */
export function createS3Driver(config: S3Config, options: S3Options = {}): S3Driver {
  const place = openPlace(s3Config.parse(config), options.agents)
  const { client, bucket } = place
  const exclusive = conditionalWrites(place)
  const parts = s3Multipart(place, exclusive)
  const { presign, presignPart } = s3Presign(place, exclusive)
  const at = (key: ObjectKey) => ({ Bucket: bucket, Key: place.nameOf(toObjectKey(key)) })
  const explain = (key: string, doing: Doing, signal?: AbortSignal) => (error: unknown) =>
    failure(error, signal, (reason) => fromS3(reason, key, doing))

  /** A missing object and a missing bucket look alike in an answer without a body. */
  const confirmBucket = async (error: unknown) => {
    await client.send(new HeadBucketCommand({ Bucket: bucket })).catch((reason: unknown) => {
      if (isAbsent(reason)) throw new BackendUnavailable('The bucket does not exist any more.', { cause: error })
      throw fromS3(reason, bucket, 'read')
    })
  }

  const stat = async (key: ObjectKey): Promise<StoredObject | null> => {
    try {
      const { ContentLength: size = 0 } = await client.send(new HeadObjectCommand(at(key)))
      return { key, size }
    } catch (error) {
      if (!isAbsent(error)) throw explain(key, 'read')(error)
      await confirmBucket(error)
      return null
    }
  }

  const remove = async (key: ObjectKey): Promise<void> => {
    try {
      await client.send(new DeleteObjectCommand(at(key)))
    } catch (error) {
      if (!isAbsent(error)) throw explain(key, 'write')(error)
    }
  }

  /** Over a long way, parts beside each other are faster than one stream, and a lost one is sent again. */
  const isStreamed = (size: number | undefined): size is number =>
    !place.aws && size !== undefined && size > PART_SIZE && size <= STREAM_LIMIT

  const putPieces = async (key: ObjectKey, chunks: AsyncIterable<Buffer>, write: S3Write): Promise<number> => {
    const partSize = Math.max(PART_SIZE, Math.ceil((write.size ?? 0) / parts.maxParts))
    const pieces = piecesOf(chunks, partSize, write.size)
    const first = await pieces.next()
    if (first.done) throw new BackendUnavailable('The source gave nothing.')
    if (!first.value.last) return putInParts(parts, key, prepend(first.value, pieces), write)
    await putWhole(place, key, first.value.bytes, write)
    return first.value.bytes.length
  }

  return {
    async put(key, source, options = {}) {
      const body = holdBody(source, options)
      const mark = randomUUID()
      let published = false
      try {
        toObjectKey(key)
        const write = { ...options, mark, exclusive: await exclusive(), publishing: () => void (published = true) }
        const size = await (isStreamed(options.size)
          ? putStreamed(place, key, body.chunks, { ...write, size: options.size })
          : putPieces(key, body.chunks, write))
        options.signal?.throwIfAborted()
        return { key, size }
      } catch (error) {
        // The answer may be lost of a request that was carried out, or came too late for an abort.
        if (published && (await isMarked(place, key, mark))) await remove(key).catch(() => {})
        throw explain(key, 'write', options.signal)(error)
      } finally {
        body.release()
      }
    },

    async get(key, { range, signal } = {}) {
      try {
        const Range = range && `bytes=${range.start}-${range.end}`
        const { Body, ContentLength = 0 } = await client.send(new GetObjectCommand({ ...at(key), Range }), {
          abortSignal: signal,
        })
        return objectStream(Body as Readable, { length: ContentLength, signal, explain: explain(key, 'read') })
      } catch (error) {
        throw explain(key, 'read', signal)(error)
      }
    },

    stat,
    delete: remove,

    async *list(prefix, { after } = {}) {
      try {
        const itself = prefix === '' ? null : await stat(toObjectKey(prefix))
        if (itself && itself.key !== after) yield itself
        yield* objectsBelow(place, prefix === '' ? '' : `${prefix}/`, options.pageSize, after)
      } catch (error) {
        throw explain(prefix, 'read')(error)
      }
    },

    async copy(from, to) {
      const [source, taken] = await Promise.all([stat(from), stat(to)])
      if (!source) throw new ObjectNotFound(from)
      if (taken) throw new ObjectExists(to)
      await copyObject(place, place.nameOf(from), place.nameOf(to), source.size).catch((error: unknown) => {
        throw explain(from, 'write')(error)
      })
      const copied = await stat(to)
      if (copied?.size !== source.size)
        throw new BackendUnavailable('The storage said it had copied, but the copy is not there whole.')
    },

    check: (signal) => checkBucket(place, signal),
    presign,
    multipart: { ...parts, presignPart },
    ...(place.aws ? { checksum } : {}),
    ensureCors: (origins) => ensureCors(place, origins),
    clockSkew: place.clockSkew,
    sweep: (before, signal) => sweepBucket(place, before, signal),
    async close() {
      client.destroy()
      place.signer.destroy()
    },
  }

  async function checksum(key: ObjectKey, signal?: AbortSignal): Promise<string | null> {
    try {
      const found = await client.send(new HeadObjectCommand({ ...at(key), ChecksumMode: 'ENABLED' }), {
        abortSignal: signal,
      })
      // That of an object in parts is one of the parts' checksums, not of the bytes.
      if (!found.ChecksumSHA256 || found.ChecksumType === 'COMPOSITE' || found.ChecksumSHA256.includes('-')) return null
      return Buffer.from(found.ChecksumSHA256, 'base64').toString('hex')
    } catch (error) {
      throw explain(key, 'read', signal)(error)
    }
  }
}

async function* prepend<T>(first: T, rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield first
  yield* rest
}
