import { createHash } from 'node:crypto'
import { Transform, type Readable } from 'node:stream'
import { bytesStreamed } from '@archivolt/kit/streams/young-buffers'

/** Passes bytes on unchanged while hashing them. `digest` is to be called after the last byte. */
export function hashingStream(source: Readable): { stream: Readable; digest(): string } {
  const hash = createHash('sha256')
  const stream = new Transform({
    highWaterMark: 256 * 1024,
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      bytesStreamed(chunk.length)
      done(null, chunk)
    },
  })
  // Whoever reads the stream hears of its end; while no one does, the sender's leaving must not end the process.
  stream.on('error', () => {})
  source.once('error', (error) => stream.destroy(error))
  source.once('aborted', () => stream.destroy(new Error('the sender went away')))
  stream.once('close', () => source.unpipe(stream))
  source.pipe(stream)
  return { stream, digest: () => hash.digest('hex') }
}
