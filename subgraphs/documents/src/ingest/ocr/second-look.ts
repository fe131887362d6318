/** Tesseract's ways to see a page: as whatever it is, and as one column of text. */
const AUTOMATIC = '3'
const ONE_COLUMN = '4'
/** Fewer letters are a smudge. */
const LEAST_LETTERS = 16

/** What is found on a page; where that is next to nothing, a second look, since text in a frame is taken for a picture at first. */
export async function withSecondLook(look: (mode: string) => Promise<string>): Promise<string> {
  const text = await look(AUTOMATIC)
  if ((text.match(/[\p{L}\p{N}]/gu)?.length ?? 0) >= LEAST_LETTERS) return text
  const again = await look(ONE_COLUMN)
  return again.length > text.length ? again : text
}
