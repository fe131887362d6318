const BITS = 160
const SHIFT = 11

/**
 * Microsoft's QuickXorHash, the one hash every OneDrive has of its files: each byte is put over a ring of 160 bits,
 * 11 bits further than the one before; the length is put over its end.
 */
export function createQuickXorHash() {
  // Bytes that are 160 apart meet the same bits, so they are combined first.
  const cells = new Uint8Array(BITS)
  let length = 0
  return {
    update(bytes: Uint8Array): void {
      let cell = length % BITS
      for (let index = 0; index < bytes.length; index++) {
        cells[cell] = (cells[cell] as number) ^ (bytes[index] as number)
        if (++cell === BITS) cell = 0
      }
      length += bytes.length
    },
    /** In base64, as the service writes it. */
    digest(): string {
      let ring = 0n
      for (const [index, byte] of cells.entries()) {
        const at = BigInt((index * SHIFT) % BITS)
        const wide = BigInt(byte) << at
        ring ^= (wide & MASK) ^ (wide >> BigInt(BITS))
      }
      ring ^= BigInt(length) << BigInt(BITS - 64)
      const bytes = Buffer.from(ring.toString(16).padStart(BITS / 4, '0'), 'hex').reverse()
      return bytes.toString('base64')
    },
  }
}

const MASK = (1n << BigInt(BITS)) - 1n
