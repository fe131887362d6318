const MIB = 1024 ** 2
/** Smaller files are sent again faster than parts are kept track of. */
const PARTS_FROM = 64 * MIB
const SMALLEST_PART = 32 * MIB
/** What a client is told of at once, and what is put together at once. */
const MAX_PARTS = 1000

/** Bytes of every part but the last for a file of `size` bytes; null where it comes in one piece. */
export function partSizeFor(size: number): number | null {
  if (size <= PARTS_FROM) return null
  return Math.max(SMALLEST_PART, Math.ceil(size / MAX_PARTS / MIB) * MIB)
}

export function partCount(size: number, partSize: number): number {
  return Math.ceil(size / partSize)
}

/** Bytes that part `number`, counted from 1, must have; null where there is no such part. */
export function sizeOfPart(size: number, partSize: number, number: number): number | null {
  const count = partCount(size, partSize)
  if (!Number.isInteger(number) || number < 1 || number > count) return null
  return number < count ? partSize : size - (count - 1) * partSize
}
