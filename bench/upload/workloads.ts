import { createHash, randomFillSync } from 'node:crypto'
import { mkdir, open, writeFile } from 'node:fs/promises'
import path from 'node:path'

export interface Workload {
  name: string
  files: { path: string; size: number; sha256: string }[]
  /** Transfers at once. */
  parallel: number
  /** Whether the target for large files holds for it. */
  large: boolean
}

const MIB = 1024 ** 2
const SMALL = 100 * 1024

/** One large file and many small ones, of random bytes, in `folder`. */
export async function makeWorkloads(
  folder: string,
  sizes: { largeMiB: number; smallFiles: number },
): Promise<Workload[]> {
  await mkdir(path.join(folder, 'small'), { recursive: true })
  const large = await makeLarge(path.join(folder, 'large.bin'), sizes.largeMiB)
  const small: Workload['files'] = []
  for (let number = 0; number < sizes.smallFiles; number++) {
    const file = path.join(folder, 'small', `${number}.bin`)
    const bytes = randomFillSync(Buffer.alloc(SMALL))
    await writeFile(file, bytes)
    small.push({ path: file, size: SMALL, sha256: createHash('sha256').update(bytes).digest('hex') })
  }
  return [
    { name: `1 × ${sizes.largeMiB} MiB`, files: [large], parallel: 1, large: true },
    { name: `${sizes.smallFiles} × 100 KiB`, files: small, parallel: 8, large: false },
  ]
}

async function makeLarge(file: string, mebibytes: number): Promise<Workload['files'][number]> {
  const hash = createHash('sha256')
  const handle = await open(file, 'w')
  for (let done = 0; done < mebibytes; done++) {
    const bytes = randomFillSync(Buffer.alloc(MIB))
    hash.update(bytes)
    await handle.write(bytes)
  }
  await handle.sync()
  await handle.close()
  return { path: file, size: mebibytes * MIB, sha256: hash.digest('hex') }
}

export const bytesOf = ({ files }: Workload): number => files.reduce((sum, { size }) => sum + size, 0)
