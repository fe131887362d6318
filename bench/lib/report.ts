type Figure = number | string | boolean | null

export interface Outcome {
  name: string
  ok: boolean
  figures: Record<string, Figure | Record<string, Figure>>
  targets: Record<string, Figure>
}

/** Prints the one line that programs read, as the last one, and sets how the process ends. */
export function conclude(outcome: Outcome): void {
  process.stdout.write(`${JSON.stringify(outcome)}\n`)
  process.exitCode = outcome.ok ? 0 : 1
}

export function say(text = ''): void {
  process.stdout.write(`${text}\n`)
}

/** Columns as wide as their widest cell; the first one to the left, the others to the right. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((_, at) => Math.max(...[head, ...rows].map((row) => (row[at] ?? '').length)))
  const line = (cells: readonly string[]) =>
    cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  ')
  say(line(head))
  say(widths.map((width) => '-'.repeat(width)).join('  '))
  for (const row of rows) say(line(row))
}
