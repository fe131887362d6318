import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'

export interface Sample {
  name: string
  file: string
  expected: string
  /** What was put right in the expected text. */
  note: string
}

/**
 * Expected texts that were made by another program's OCR and kept its mistakes: what the page itself says, word for
 * word in their place.
 */
const MISREAD: Record<string, Record<string, string>> = {
  '010-image-only-pdf': {
    ...{ lectys: 'lectus', auisque: 'quisque', parturigng: 'parturient', cura: 'curae', purgs: 'purus' },
    ...{ sollicitugin: 'sollicitudin', iacyis: 'iaculis', Tacit: 'Taciti', nisi: 'nisl', Sagitts: 'Sagittis' },
    ...{ omare: 'ornare', soos: 'sociis' },
  },
}
const PICTURE = /\.(png|jpe?g|gif|tiff?|webp)$/i
/** Folders whose PDF has no text of its own. */
const SCANNED = /scan|image|vectorized/i

/** The files of the corpus, in the order of their names. */
export async function findSamples(corpus: string, withoutScans: boolean): Promise<Sample[]> {
  const samples: Sample[] = []
  for (const name of (await readdir(corpus)).toSorted()) {
    const files = await readdir(path.join(corpus, name))
    const input = files.find((file) => file.includes('.input.'))
    const text = files.find((file) => file.endsWith('.expected.txt'))
    if (!input || !text || (withoutScans && (PICTURE.test(input) || SCANNED.test(name)))) continue
    let expected = await readFile(path.join(corpus, name, text), 'utf8')
    const misread = Object.entries(MISREAD[name] ?? {})
    for (const [wrong, right] of misread) expected = expected.replace(new RegExp(`\\b${wrong}\\b`), right)
    const note = misread.length ? `${misread.length} misread words of its expected text put right` : ''
    samples.push({ name, file: path.join(corpus, name, input), expected, note })
  }
  return samples
}
