import { createCipheriv } from 'node:crypto'

const BLOCK = 16

/**
 * Endless bytes without a pattern that nobody has to keep: the same seed gives the same bytes at the same place.
 * @param seed 16 bytes
 * @returns a function from offset (a multiple of 16) and length to the bytes there
 */
export function keystream(seed: Buffer): (offset: number, length: number) => Buffer<ArrayBuffer> {
  return (offset, length) => {
    if (offset % BLOCK !== 0) throw new RangeError(`${offset} is not at a block of ${BLOCK} bytes`)
    const counter = Buffer.alloc(BLOCK)
    counter.writeBigUInt64BE(BigInt(offset / BLOCK), 8)
    return Buffer.from(createCipheriv('aes-128-ctr', seed, counter).update(Buffer.alloc(length)))
  }
}
