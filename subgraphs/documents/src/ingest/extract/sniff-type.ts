import { fileTypeFromBuffer } from 'file-type'
import { knownType } from '../../documents/file-types.ts'
import { decodeText } from './plain.ts'

/** Bytes of a file's beginning that tell its type. */
export const SNIFF_BYTES = 256 * 1024

const OFFICE = /^application\/vnd\.(openxmlformats-officedocument|oasis\.opendocument)\./
/** Containers that several of our types share: their content alone does not tell which. */
const OLE_TYPES = new Set(['application/msword', 'application/vnd.ms-excel', 'application/vnd.ms-powerpoint'])
const TEXT_TYPES = new Set([
  ...['text/plain', 'text/markdown', 'text/csv', 'application/json', 'application/yaml', 'text/html'],
  ...['application/xml', 'image/svg+xml', 'message/rfc822'],
])
/** Text of which the beginning shows what it is. */
const MARKUP: readonly [RegExp, string][] = [
  [/^\s*(<!--[\s\S]{0,2000}?-->\s*)*<(!doctype\s+html|html|head|body)\b/i, 'text/html'],
  [/^\s*(<\?xml[^>]{0,500}>\s*)?(<!--[\s\S]{0,2000}?-->\s*|<!doctype svg[^>]{0,500}>\s*)*<svg\b/i, 'image/svg+xml'],
  [/^\s*<\?xml\b[\s\S]{0,2000}<html\b/i, 'text/html'],
  [/^\s*<\?xml\b/i, 'application/xml'],
]
const MAIL_HEADERS =
  /^(return-path|received|from|to|subject|date|message-id|mime-version|delivered-to|content-type):/gim

/**
 * The media type that the bytes themselves show. Where they do not tell kinds of text or old office files apart, what
 * the uploader said decides between those that fit.
 * @param bytes the beginning of the file
 * @returns `application/octet-stream` for what is neither text nor known, other types also where the vault takes none of them in
 */
export async function sniffType(bytes: Uint8Array, said: { contentType: string; filename: string }): Promise<string> {
  const binary = await signatureOf(bytes)
  if (binary === 'application/x-cfb') return OLE_TYPES.has(said.contentType) ? said.contentType : binary
  // A zip whose parts say nothing may still be the document it is called; reading it will show.
  if (binary === 'application/zip') return OFFICE.test(said.contentType) ? said.contentType : binary
  if (binary && !TEXT_TYPES.has(binary)) return binary
  if (said.contentType === 'application/pdf' && hasLatePdfHeader(bytes)) return 'application/pdf'
  return isText(bytes) ? textType(bytes, said) : 'application/octet-stream'
}

async function signatureOf(bytes: Uint8Array): Promise<string | null> {
  // A parser that stumbles over a hostile beginning has not recognised it.
  const found = await fileTypeFromBuffer(bytes).catch(() => undefined)
  if (!found) return null
  return knownType(found.mime, '') ?? found.mime
}

/** Readers of PDF accept its mark anywhere in the first 1,024 bytes (Adobe's implementation note 13 to ISO 32000). */
function hasLatePdfHeader(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 1024)).includes('%PDF-')
}

/** Text has no control characters but those of lines, pages and terminals. */
function isText(bytes: Uint8Array): boolean {
  const sample = decodeText(bytes.subarray(0, 65_536))
  // eslint-disable-next-line no-control-regex
  return !/[\0-\x06\x0E-\x1A\x1C-\x1F]/.test(sample)
}

function textType(bytes: Uint8Array, said: { contentType: string; filename: string }): string {
  const sample = decodeText(bytes.subarray(0, 65_536)).replace(/^\uFEFF/, '')
  const byName = knownType('', said.filename) ?? ''
  const claimed = TEXT_TYPES.has(said.contentType) ? said.contentType : byName
  for (const [pattern, type] of MARKUP) {
    // Source code of a page kept as plain text is what its owner says it is.
    if (pattern.test(sample)) return claimed === 'text/plain' || claimed === 'text/markdown' ? claimed : type
  }
  const headers = new Set([...sample.slice(0, 8192).matchAll(MAIL_HEADERS)].map(([header]) => header.toLowerCase()))
  if (claimed === 'message/rfc822') return headers.size >= 1 ? claimed : 'text/plain'
  if (TEXT_TYPES.has(claimed)) return claimed
  return headers.size >= 4 ? 'message/rfc822' : 'text/plain'
}
