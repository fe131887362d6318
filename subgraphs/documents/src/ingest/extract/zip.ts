import { fromBufferPromise, type Entry, type ZipFile } from 'yauzl'
import { Unreadable } from './unreadable.ts'

/** The parts of an office document, as a zip holds them. */
export interface Zip {
  /** In the order of the directory. */
  names: readonly string[]
  /** The bytes of a part as they are unpacked. @throws Unreadable when it is missing, damaged, or swells beyond all measure */
  read(name: string): AsyncIterable<Buffer>
}

/** An office document has a few hundred parts. */
const MAX_ENTRIES = 20_000
/** Bytes that all parts read of one document may unpack to. */
const MAX_UNPACKED = 256 * 1024 ** 2
/** Real parts shrink to a hundredth at most; beyond this size the ratio decides. */
const MAX_RATIO = 400
const RATIO_FROM = 8 * 1024 ** 2

const DAMAGED = 'The file is damaged and cannot be read.'
const BOMB = 'The file unpacks to far more than a document holds, and is not read.'

/** Opens a zip in memory. Nothing is unpacked before it is read. @throws Unreadable when it is none */
export async function openZip(bytes: Uint8Array): Promise<Zip> {
  const file = await fromBufferPromise(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), {
    lazyEntries: true,
    validateEntrySizes: true,
  }).catch((error: unknown) => {
    throw new Unreadable(DAMAGED, { cause: error })
  })
  const entries = await listEntries(file)
  let unpacked = 0
  return {
    names: [...entries.keys()],
    async *read(name) {
      const entry = entries.get(name)
      if (!entry) throw new Unreadable(DAMAGED)
      if (entry.isEncrypted()) throw new Unreadable('The file is protected by a password.')
      const stream = await file.openReadStreamPromise(entry).catch((error: unknown) => {
        throw new Unreadable(DAMAGED, { cause: error })
      })
      let size = 0
      try {
        for await (const chunk of stream as AsyncIterable<Buffer>) {
          size += chunk.length
          unpacked += chunk.length
          if (unpacked > MAX_UNPACKED || (size > RATIO_FROM && size > entry.compressedSize * MAX_RATIO))
            throw new Unreadable(BOMB)
          yield chunk
        }
      } catch (error) {
        if (error instanceof Unreadable) throw error
        throw new Unreadable(DAMAGED, { cause: error })
      } finally {
        stream.destroy()
      }
    },
  }
}

async function listEntries(file: ZipFile): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  file.on('entry', (entry: Entry) => {
    entries.set(entry.fileName, entry)
    if (entries.size > MAX_ENTRIES) reject(new Unreadable(BOMB))
    else file.readEntry()
  })
  file.on('end', resolve)
  file.on('error', (error: Error) => reject(new Unreadable(DAMAGED, { cause: error })))
  file.readEntry()
  await promise
  return entries
}

/** Names that match, in the order of the number in them: `slide2` before `slide10`. */
export function numbered(names: readonly string[], pattern: RegExp): string[] {
  const numberOf = (name: string) => Number(/(\d+)\.xml$/.exec(name)?.[1] ?? 0)
  return names.filter((name) => pattern.test(name)).toSorted((a, b) => numberOf(a) - numberOf(b))
}
