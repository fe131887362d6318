import { create } from 'content-disposition'

/** Separators of paths, control characters, and signs that turn the direction of what follows them. */
const MISLEADING = /[/\\\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** The header that has a browser save a file under its name. A name never leads into a folder, nor shows another type than it has. */
export function attachmentOf(filename: string): string {
  return create(filename.toWellFormed().replace(MISLEADING, '_'))
}
