const MAX_TITLE = 120
/** What programs write into the title when nobody has. */
const NO_TITLE =
  /^(untitled\b.*|unbenannt.*|document sans titre|sans titre.*|unbenanntes .*|documento sin t.tulo|document\s?\d*|dokument\s?\d*|microsoft (word|powerpoint|excel)\b.*|scan(ned)?\b.*|.*\.(docx?|xlsx?|pptx?|pdf|indd|tex|dvi|odt|txt|html?))$/i

/**
 * The title that the file itself names, else the first line that reads like one; null where there is none.
 * @param about.prose whether lines are sentences, not records
 */
export function proposeTitle(about: {
  text: string
  title: string | null
  filename: string
  prose: boolean
}): string | null {
  const own = tidy(about.title ?? '')
  if (reads(own) && !NO_TITLE.test(own) && !about.filename.startsWith(own)) return own
  if (!about.prose) return null
  const lines = about.text.slice(0, 5000).split('\n', 40)
  return lines.map(tidy).find((line) => reads(line) && line.length <= MAX_TITLE) ?? null
}

function tidy(line: string): string {
  return line
    .replace(/^[#>*\-–•\s]+/, '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 500)
}

/** Some words, made mostly of letters. */
function reads(line: string): boolean {
  const letters = line.match(/\p{L}/gu)?.length ?? 0
  return letters >= 4 && letters >= line.length / 2
}
