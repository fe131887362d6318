import { plural } from '@/ui/format.ts'
import type { Scan } from '../scan-documents.ts'

type Counts = Pick<Scan, 'ok' | 'damaged' | 'missing' | 'repaired' | 'checked'>

/** What a scan of the bytes came to, in a sentence; `good` when nothing is left to do. */
export function describeFixity({ ok, damaged, missing, repaired, checked }: Counts): { text: string; good: boolean } {
  const bad = damaged + missing
  if (bad === 0) return { text: `All ${plural(checked, 'copy', 'copies')} are what was stored.`, good: true }
  const parts = [
    damaged > 0 ? `${plural(damaged, 'copy is', 'copies are')} damaged or unreadable` : '',
    missing > 0 ? `${plural(missing, 'copy is', 'copies are')} missing` : '',
  ].filter(Boolean)
  const mended = repaired > 0 ? ` ${plural(repaired, 'copy was', 'copies were')} made anew from a good one.` : ''
  const text = `${parts.join(', ')}; ${plural(ok, 'copy is', 'copies are')} right.${mended}`
  return { text: text.charAt(0).toUpperCase() + text.slice(1), good: repaired >= bad }
}
