import { onePage, type Extracted } from './extracted.ts'

/** As many bytes as tell UTF-16 without a mark from anything else. */
const SAMPLE = 4096

/**
 * Text in the encoding its bytes show: a byte order mark, else UTF-8 where it is valid, else UTF-16 where every other
 * byte is zero, else Windows-1252, which gives some letter for every byte. A character cut at the end is dropped.
 * @param named an encoding that the file itself names; used where the bytes are not UTF-8
 */
export function decodeText(bytes: Uint8Array, named?: string): string {
  const [a, b] = bytes
  if (a === 0xff && b === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  if (a === 0xfe && b === 0xff) return new TextDecoder('utf-16be').decode(bytes)
  const wide = utf16Of(bytes)
  if (wide) return new TextDecoder(wide).decode(bytes)
  try {
    // Streaming keeps an incomplete last character back instead of failing on it.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
  } catch {
    return decoderOf(named).decode(bytes)
  }
}

function decoderOf(named: string | undefined): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(named ?? 'windows-1252')
  } catch {
    return new TextDecoder('windows-1252')
  }
}

/** Latin text in UTF-16 has a zero in nearly every pair, always on the same side. */
function utf16Of(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | null {
  const pairs = Math.floor(Math.min(bytes.length, SAMPLE) / 2)
  if (pairs < 4) return null
  let first = 0
  let second = 0
  for (let at = 0; at < pairs; at++) {
    if (bytes[2 * at] === 0) first++
    if (bytes[2 * at + 1] === 0) second++
  }
  if (second > pairs * 0.7 && first < pairs * 0.1) return 'utf-16le'
  if (first > pairs * 0.7 && second < pairs * 0.1) return 'utf-16be'
  return null
}

/** Markdown is read as it is written; its first heading is its title. */
export function readMarkdown(bytes: Uint8Array): Extracted {
  const text = decodeText(bytes)
  return onePage(text, /^#{1,2}[ \t]+(.{1,300}?)[ \t#]*$/m.exec(text.slice(0, 20_000))?.[1] ?? null)
}
