import { plural } from '@/ui/format.ts'

interface Outcome {
  done: number
  skipped: number
  kept: number
}

/** What came of a change to many documents, with what it left out. */
export function describeBulk(what: string, { done, skipped }: Outcome): string {
  const sentence = `${plural(done, 'document')} ${what}.`
  return skipped > 0
    ? `${sentence} ${plural(skipped, 'other')} left as they were: gone, or not yours to change.`
    : sentence
}

export function describeUndo({ done, kept }: Outcome): string {
  const sentence = `Taken back for ${plural(done, 'document')}.`
  return kept > 0 ? `${sentence} ${plural(kept, 'other')} changed since, and stay as they are.` : sentence
}
