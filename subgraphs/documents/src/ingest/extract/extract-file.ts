import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createExtractor } from './extractor.ts'
import { Unreadable } from './unreadable.ts'

/** The text of a file on this machine, by the same rules as in the vault; empty when it cannot be read. For tools. */
export async function extract(file: { path: string; contentType: string }): Promise<string> {
  const extractor = createExtractor(1)
  try {
    const { size } = await stat(file.path)
    return await extractor.textOf(
      { contentType: file.contentType, size },
      async () => createReadStream(file.path),
      new AbortController().signal,
    )
  } catch (error) {
    if (error instanceof Unreadable) return ''
    throw error
  } finally {
    await extractor.close()
  }
}
