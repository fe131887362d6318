import { execFile } from 'node:child_process'
import { availableParallelism } from 'node:os'
import type { Pdf } from './pdfs.ts'

/** What the vault draws: the first five pages, 1,000 points wide. */
const PAGES = '5'
const WIDTH = '1000'

/** Seconds that the tools need for all files, as many at once as there are processors; null where a tool is missing. */
export async function bareTools(
  pdfs: readonly Pdf[],
): Promise<{ textSeconds: number | null; drawSeconds: number | null }> {
  return {
    textSeconds: await time(pdfs, 'pdftotext', (file) => [file, '-']),
    drawSeconds: await time(pdfs, 'pdftoppm', (file) => ['-l', PAGES, '-scale-to-x', WIDTH, '-scale-to-y', '-1', file]),
  }
}

async function time(pdfs: readonly Pdf[], program: string, args: (file: string) => string[]): Promise<number | null> {
  const began = performance.now()
  const queue = [...pdfs]
  let missing = false
  const work = async (): Promise<void> => {
    for (let pdf = queue.shift(); pdf && !missing; pdf = queue.shift()) {
      // A file that a tool cannot read costs it its time too.
      if ((await run(program, args(pdf.file))) === 'ENOENT') missing = true
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  return missing ? null : (performance.now() - began) / 1000
}

function run(program: string, args: readonly string[]): Promise<string | number | null> {
  return new Promise((resolve) => {
    const child = execFile(program, [...args], { encoding: 'buffer', maxBuffer: 1, timeout: 120_000 }, (error) =>
      resolve((error as NodeJS.ErrnoException | null)?.code ?? null),
    )
    // Neither keeps what it makes: it flows off unread.
    child.stdout?.removeAllListeners('data').resume()
    child.stderr?.removeAllListeners('data').resume()
  })
}
