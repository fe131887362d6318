export interface Chunk {
  /** Valid until the next chunk is asked for: its memory is used again. */
  bytes: Buffer
  /** Where it begins in the body. */
  offset: number
  /** Nothing follows: the end of the body was seen. */
  last: boolean
}

/**
 * A body in chunks of one size, of which one is held at a time. An empty body is one empty chunk. Whoever publishes
 * with the last chunk never publishes a body that is too short or too long: its end was checked before.
 */
export async function* chunksOf(
  body: AsyncIterable<Buffer>,
  chunkSize: number,
  size?: number,
): AsyncGenerator<Chunk, void, void> {
  const room = Buffer.allocUnsafe(Math.min(chunkSize, size ?? chunkSize))
  let filled = 0
  let offset = 0
  for await (const piece of body) {
    for (let rest = piece; rest.length > 0;) {
      if (filled === room.length) {
        yield { bytes: room, offset, last: false }
        offset += filled
        filled = 0
      }
      const taken = rest.copy(room, filled)
      filled += taken
      rest = rest.subarray(taken)
    }
  }
  yield { bytes: room.subarray(0, filled), offset, last: true }
}
