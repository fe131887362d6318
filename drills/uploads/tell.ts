import { say } from '../../bench/lib/report.ts'
import type { Journal } from './journal.ts'
import type { Verdict } from './judge.ts'

const SHOWN = 12

export function printCounts({ counts }: Journal): void {
  say()
  for (const [what, count] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
    say(`${String(count).padStart(7)}  ${what}`)
}

export function printVerdict(when: string, verdict: Verdict): void {
  say(`\n${when}:`)
  const lists: [string, readonly string[]][] = [
    ['lost', verdict.lost],
    ['unreadable', verdict.unreadable],
    ['contradictions between rows', verdict.contradictions],
    ['wrong quota accounts', verdict.wrongAccounts],
    ['orphans', verdict.orphans.map(({ key, size, cause }) => `${key} (${size} bytes): ${cause}`)],
    ['blobs that no document has', verdict.unclaimed],
  ]
  for (const [name, items] of lists) {
    say(`${String(items.length).padStart(7)}  ${name}`)
    for (const item of items.slice(0, SHOWN)) say(`           ${item}`)
    if (items.length > SHOWN) say(`           and ${items.length - SHOWN} more`)
  }
  say(
    `${String(verdict.staged.files).padStart(7)}  unfinished writes in the staging area, ${verdict.staged.bytes} bytes`,
  )
}
