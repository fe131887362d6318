import { createCipheriv, createHash } from 'node:crypto'

export interface Random {
  /** From 0 up to, without, 1. */
  next(): number
  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number
  /** The same, with small and large orders of magnitude equally likely. */
  magnitude(least: number, most: number): number
  chance(probability: number): boolean
  pick<T>(items: readonly T[]): T
  /** The name with the chance that its weight gives it. */
  weighted<Name extends string>(weights: Record<Name, number>): Name
}

/** Chance that can be repeated: the same words give the same numbers. */
export function createRandom(...words: (string | number)[]): Random {
  let state = createHash('sha256').update(words.join('\n')).digest().readUInt32LE()
  // mulberry32
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    between: (least, most) => least + Math.floor(next() * (most - least + 1)),
    magnitude: (least, most) =>
      Math.min(most, Math.round(Math.exp(Math.log(least) + next() * Math.log((most + 1) / least)))),
    chance: (probability) => next() < probability,
    pick: <T>(items: readonly T[]) => items[Math.floor(next() * items.length)] as T,
    weighted<Name extends string>(weights: Record<Name, number>): Name {
      const entries = Object.entries(weights) as [Name, number][]
      let at = next() * entries.reduce((sum, [, weight]) => sum + weight, 0)
      for (const [name, weight] of entries) if ((at -= weight) < 0) return name
      return entries[0]?.[0] as Name
    },
  }
}

/** Bytes that look like noise and follow from the words alone. */
export function noise(size: number, ...words: (string | number)[]): Buffer<ArrayBuffer> {
  const key = createHash('sha256').update(words.join('\n')).digest().subarray(0, 16)
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size)) as Buffer<ArrayBuffer>
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
