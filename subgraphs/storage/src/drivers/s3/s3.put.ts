import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { firstBytes, type Piece } from '../body.ts'
import type { PutOptions } from '../driver.ts'
import { BackendUnavailable, ObjectExists } from '../driver.errors.ts'
import type { ObjectKey } from '../object-key.ts'
import type { S3Place } from './s3.client.ts'
import { attemptsOf, fromS3, isPassing } from './s3.errors.ts'
import { isMarked, markedAs } from './s3.mark.ts'
import type { S3Parts } from './s3.multipart.ts'

/** How long a write that makes an object readable may go on after an abort. */
const GRACE_MS = 5000

/**
 * A signal that follows another after a moment. A request cut while the service publishes an object may succeed all the
 * same, after whatever cleans up behind it; so it gets the time to end, and what it made is then taken away.
 */
export function graceful(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (!signal) return undefined
  const late = new AbortController()
  const follow = () => void sleep(GRACE_MS, undefined, { ref: false }).then(() => late.abort(signal.reason))
  signal.addEventListener('abort', follow, { once: true })
  return late.signal
}

export interface S3Write extends PutOptions {
  /** Whether the service refuses a name that exists. */
  exclusive: boolean
  /** Kept beside the object, so that this write is told from any other of the same key. */
  mark: string
  /** Called right before the request after which the object may be readable. */
  publishing(): void
}

/** Writes an object in one request, of bytes that are all here: it can be repeated, and its length and hash are signed. */
export async function putWhole(place: S3Place, key: ObjectKey, bytes: Buffer, options: S3Write): Promise<void> {
  const command = new PutObjectCommand({
    Bucket: place.bucket,
    Key: place.nameOf(key),
    Body: bytes,
    ContentLength: bytes.length,
    ContentType: options.contentType,
    Metadata: markedAs(options.mark),
    ...(options.exclusive ? { IfNoneMatch: '*' } : {}),
    // Kept beside the object, where `checksum` finds it again.
    ...(place.aws ? { ChecksumAlgorithm: 'SHA256' } : {}),
  })
  options.publishing()
  try {
    await place.client.send(command, { abortSignal: graceful(options.signal) })
  } catch (error) {
    const explained = fromS3(error, key, 'write')
    // An earlier attempt may have written it and lost the answer.
    if (explained instanceof ObjectExists && attemptsOf(error) > 1 && (await isMarked(place, key, options.mark))) return
    throw explained
  }
}

/** Up to here an object of known size is sent in one request as its bytes come. */
export const STREAM_LIMIT = 1024 ** 3
/** Kept of a streamed write, to begin again with. */
const HELD_BYTES = 1024 ** 2
/** Attempts of a streamed write. */
const STREAM_ATTEMPTS = 4
const FIRST_WAIT_MS = 300

/**
 * Writes an object in one request while its bytes come: the service publishes it whole or not at all, and nobody holds it
 * in memory. It is repeated only while the service refuses it before it has read beyond the first bytes; later failures
 * are the caller's to repeat.
 */
export async function putStreamed(
  place: S3Place,
  key: ObjectKey,
  chunks: AsyncGenerator<Buffer, void, void>,
  options: S3Write & { size: number },
): Promise<number> {
  const { held, rest } = await firstBytes(chunks, HELD_BYTES)
  options.publishing()
  for (let attempt = 1; ; attempt++) {
    let beyond = false
    let ended = false
    let broken: unknown
    const cut = new AbortController()
    async function* bytes(): AsyncGenerator<Buffer, void, void> {
      try {
        yield* held
        beyond = true
        if (rest) yield* rest
        ended = true
      } catch (error) {
        broken = error
        throw error
      }
    }
    const body = Readable.from(bytes(), { objectMode: false, highWaterMark: 256 * 1024 })
    // The SDK does not listen: it would wait for bytes that never come.
    body.once('error', (error) => cut.abort(error))
    const late = graceful(options.signal)
    try {
      await place.client.send(
        new PutObjectCommand({
          Bucket: place.bucket,
          Key: place.nameOf(key),
          Body: body,
          ContentLength: options.size,
          ContentType: options.contentType,
          Metadata: markedAs(options.mark),
          ...(options.exclusive ? { IfNoneMatch: '*' } : {}),
        }),
        { abortSignal: late ? AbortSignal.any([late, cut.signal]) : cut.signal },
      )
      if (!ended) throw new BackendUnavailable('The storage confirmed an object before it had all its bytes.')
      return options.size
    } catch (error) {
      body.destroy()
      options.signal?.throwIfAborted()
      if (broken) throw broken
      if (beyond || attempt === STREAM_ATTEMPTS || !isPassing(error)) throw fromS3(error, key, 'write')
      await sleep(FIRST_WAIT_MS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2), undefined, { signal: options.signal })
    }
  }
}

/**
 * Writes an object in parts, several on their way at once. Failed or aborted, nothing of it remains. The SDK's own
 * `Upload` does not hand the signal on to the requests it has begun: an aborted one may still become an object.
 */
export async function putInParts(
  parts: S3Parts,
  key: ObjectKey,
  pieces: AsyncIterable<Piece>,
  options: S3Write,
): Promise<number> {
  const { signal } = options
  const uploadId = await parts.begin(key, options)
  const sent: Awaited<ReturnType<S3Parts['sendPart']>>[] = []
  const underway = new Set<Promise<void>>()
  const broken = new AbortController()
  const stop = signal ? AbortSignal.any([signal, broken.signal]) : broken.signal
  try {
    let number = 0
    for await (const piece of pieces) {
      number += 1
      const sending = parts.sendPart(key, uploadId, number, piece.bytes, stop).then((part) => {
        // Not after a failure: what was cut off may still be reading.
        piece.release()
        sent.push(part)
        underway.delete(sending)
      })
      // It is waited for below; until then a failure must not count as unheard.
      sending.catch(() => {})
      underway.add(sending)
      if (underway.size >= PARTS_AT_ONCE) await Promise.race(underway)
      stop.throwIfAborted()
    }
    await Promise.all(underway)
    options.publishing()
    const { exclusive, mark } = options
    const { size } = await parts.finish(key, uploadId, sent, { exclusive, mark, signal: graceful(signal) })
    return size
  } catch (error) {
    // A part that arrives after the upload was given up would stay, and be paid for.
    broken.abort()
    await Promise.allSettled(underway)
    await parts.abort(key, uploadId).catch(() => {})
    throw error
  }
}

/** Parts on their way at once; each is held in memory. */
const PARTS_AT_ONCE = 3
