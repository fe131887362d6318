export interface Summary {
  best: number
  median: number
  /** Of slowest and fastest, in parts of the median: how far to trust the rest. */
  noise: number
}

/** @param values at least one; `best` is the largest */
export function summarize(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b)
  const median = medianOf(sorted)
  return { best: sorted.at(-1) ?? NaN, median, noise: ((sorted.at(-1) ?? NaN) - (sorted[0] ?? NaN)) / median }
}

function medianOf(sorted: readonly number[]): number {
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? NaN
  return sorted.length % 2 ? upper : (upper + (sorted[middle - 1] ?? NaN)) / 2
}

/** To as many decimals as can be trusted. */
export const round = (value: number, decimals = 2): number => Number(value.toFixed(decimals))
