/**
 * Text in the encoding its bytes show: a byte order mark, else UTF-8 where it is valid, else Windows-1252, which gives
 * some letter for every byte. A character cut at the end is dropped.
 */
export function decodeText(bytes: Uint8Array): string {
  const [a, b] = bytes
  if (a === 0xff && b === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  if (a === 0xfe && b === 0xff) return new TextDecoder('utf-16be').decode(bytes)
  try {
    // Streaming keeps an incomplete last character back instead of failing on it.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
  } catch {
    return new TextDecoder('windows-1252').decode(bytes)
  }
}
