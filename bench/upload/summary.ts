import { inMiB } from '../lib/resident-memory.ts'
import { summarize, type Summary } from '../lib/statistics.ts'
import type { Direction, Pair } from './rounds.ts'
import { bytesOf, type Workload } from './workloads.ts'

export interface PairSummary {
  key: string
  place: string
  workload: string
  direction: Direction
  large: boolean
  /** MB/s of large files, files/s of small ones; of the bytes alone. */
  vault: Summary
  curl: Summary
  /** The vault's throughput in parts of curl's: the median of what the rounds found, each within itself. */
  ratio: number
  /** The same with all that the API asks for around the bytes. */
  wholeRatio: number
  peak: number
}

export const HEAD = [
  'place',
  'files',
  'way',
  'vault best',
  'median',
  '±',
  'curl best',
  'median',
  '±',
  'ratio',
  'with API',
  'memory above idle',
]

export function summarizePairs(pairs: readonly Pair[], workloads: readonly Workload[]): PairSummary[] {
  const groups = Map.groupBy(pairs, ({ place, workload, direction }) => `${place}, ${workload}, ${direction}`)
  return [...groups].map(([key, group]) => {
    const [{ place, workload: name, direction }] = group as [Pair, ...Pair[]]
    const workload = workloads.find((each) => each.name === name) as Workload
    const amount = workload.large ? bytesOf(workload) / 1e6 : workload.files.length
    const medianOf = (values: number[]) => summarize(values).median
    return {
      key,
      place,
      workload: name,
      direction,
      large: workload.large,
      vault: summarize(group.map(({ vault }) => amount / vault.transfer)),
      curl: summarize(group.map(({ curl }) => amount / curl)),
      ratio: medianOf(group.map(({ vault, curl }) => curl / vault.transfer)),
      wholeRatio: medianOf(group.map(({ vault, curl }) => curl / vault.whole)),
      peak: Math.max(...group.map(({ peak }) => peak)),
    }
  })
}

export function rowsOf(summaries: readonly PairSummary[], idle: number): string[][] {
  const percent = (part: number) => `${Math.round(part * 100)} %`
  return summaries.map((summary) => {
    const unit = summary.large ? 'MB/s' : 'files/s'
    const rates = (of: Summary) => [`${Math.round(of.best)} ${unit}`, `${Math.round(of.median)}`, percent(of.noise)]
    return [
      summary.place,
      summary.workload,
      summary.direction,
      ...rates(summary.vault),
      ...rates(summary.curl),
      summary.ratio.toFixed(2),
      summary.wholeRatio.toFixed(2),
      inMiB(summary.peak - idle),
    ]
  })
}
