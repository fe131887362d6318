import mammoth from 'mammoth'
import { Unreadable } from './unreadable.ts'

/** The text of a Word document. @throws Unreadable when it is not one */
export async function docxText(bytes: Uint8Array): Promise<string> {
  try {
    const { value } = await mammoth.extractRawText({
      buffer: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    })
    return value
  } catch (error) {
    throw new Unreadable('The Word document is damaged and cannot be read.', { cause: error })
  }
}
