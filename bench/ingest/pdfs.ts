import { execFileSync } from 'node:child_process'
import { mkdir, readdir, stat } from 'node:fs/promises'
import path from 'node:path'

export interface Pdf {
  file: string
  size: number
}

/** Documentation of TeX: several hundred PDFs by as many people, of one page to many hundred. */
const PACKAGES = ['texlive-latex-recommended-doc', 'texlive-latex-base-doc', 'texlive-humanities-doc']
const MAX_SIZE = 20 * 1024 ** 2

/** As many PDFs as wanted, spread evenly over those there are; fewer where there are not so many. */
export async function findPdfs(folder: string | null, cache: string, wanted: number): Promise<Pdf[]> {
  const root = folder ?? cache
  if (!folder) await mkdir(cache, { recursive: true })
  let found = await pdfsIn(root)
  if (!folder && found.length < wanted) {
    fetchPackages(cache)
    found = await pdfsIn(root)
  }
  const step = Math.max(1, found.length / wanted)
  return Array.from({ length: Math.min(wanted, found.length) }, (_, at) => found[Math.floor(at * step)] as Pdf)
}

function fetchPackages(cache: string): void {
  const run = (program: string, args: string[]) =>
    execFileSync(program, args, { cwd: cache, stdio: 'ignore', timeout: 10 * 60_000 })
  try {
    run('apt-get', ['download', ...PACKAGES])
    run('sh', ['-c', 'for package in *.deb; do dpkg-deb -x "$package" .; done'])
  } catch {
    // Not a Debian, or no network: what there is has to do.
  }
}

async function pdfsIn(root: string): Promise<Pdf[]> {
  const names = (await readdir(root, { recursive: true })).filter((name) => /\.pdf$/i.test(name)).toSorted()
  const pdfs: Pdf[] = []
  for (const name of names) {
    const file = path.join(root, name)
    const { size } = await stat(file)
    if (size > 0 && size <= MAX_SIZE) pdfs.push({ file, size })
  }
  return pdfs
}
