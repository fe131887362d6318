import type { Extracted } from '../extract/extracted.ts'
import type { Format } from '../extract/formats.ts'
import type { Bitmap } from '../extract/pdf.ts'
import type { Proposals, Subject } from '../propose/propose.ts'

/** What a reading process is asked to do, with what it answers: any number of items, one at a time. */
export interface Tasks {
  type: { ask: { contentType: string; filename: string }; item: string }
  text: { ask: { format: Format; maxCharacters: number }; item: Extracted }
  /** Pages as OCR wants them: grey, at 300 dots per inch. */
  scans: { ask: { format: 'pdf' | 'image'; pages: number[] }; item: { page: number; bitmap: Bitmap } }
  /** The first page small, then pages in full. */
  previews: { ask: { format: 'pdf' | 'image'; pages: number }; item: PreviewImage }
  /** Of a picture that is here already. */
  ocr: { ask: { bitmap: Bitmap; languages: string[] }; item: string }
  propose: { ask: Subject; item: Proposals }
}

export type TaskName = keyof Tasks

export interface PreviewImage {
  /** From 1; 0 is the thumbnail of the first. */
  page: number
  width: number
  height: number
  webp: Uint8Array
}

export type ToReader =
  | { kind: 'task'; name: TaskName; ask: unknown }
  | { kind: 'bytes'; bytes: Uint8Array }
  | { kind: 'end' }
  | { kind: 'next' }

export type FromReader =
  /** Once, when it has loaded all it needs. */
  | { kind: 'ready' }
  | { kind: 'item'; item: unknown }
  | { kind: 'done' }
  /** An error does not keep its class between processes, so that "unreadable" travels as an answer. */
  | { kind: 'unreadable'; message: string }
  | { kind: 'broken'; message: string }
