import {
  docx,
  DOCX,
  encryptedPdf,
  pdf,
  scannedPdf,
} from '../../subgraphs/documents/src/ingest/testing/files.fixture.ts'

export interface DrillFile {
  filename: string
  contentType: string
  bytes: Uint8Array<ArrayBuffer>
  /** What it must be found by; null for a file that cannot be read. */
  word: string | null
}

const PDF = 'application/pdf'
const LETTERS = 'abdefhkmnprtw'

/** A word that no other file has. */
function wordOf(number: number): string {
  let word = 'w'
  for (let rest = number + LETTERS.length ** 3; rest > 0; rest = Math.floor(rest / LETTERS.length))
    word += LETTERS[rest % LETTERS.length]
  return word
}

/** The file of a number: text, Word, PDF, scans, and every eighth one that no program can read. */
export async function makeFile(number: number): Promise<DrillFile> {
  const word = wordOf(number)
  const say = `The file called ${word} says so`
  const name = (ending: string) => `${number}.${ending}`
  const make = async (): Promise<[string, string, Uint8Array, string | null]> => {
    switch (number % 8) {
      case 0:
        return [name('docx'), DOCX, await docx(`<w:p><w:r><w:t>${say}</w:t></w:r></w:p>`), word]
      case 1:
      case 2:
        return [name('pdf'), PDF, pdf([say, `${say} twice`]), word]
      case 3:
        return [name('txt'), 'text/plain', pdf([say]), word]
      case 4:
        // OCR guesses at words that are none, and is sure of numbers.
        return [name('pdf'), PDF, await scannedPdf([`Scanned as number ${1000 + number}`]), `number ${1000 + number}`]
      case 5:
        return number % 16 === 5
          ? [name('pdf'), PDF, encryptedPdf(number), null]
          : [name('docx'), DOCX, (await docx(say)).subarray(0, 200 + (number % 100)), null]
      default:
        return [name('txt'), 'text/plain', new TextEncoder().encode(`${say}\n`.repeat(200)), word]
    }
  }
  const [filename, contentType, bytes, found] = await make()
  return { filename, contentType, bytes: new Uint8Array(bytes), word: found }
}
