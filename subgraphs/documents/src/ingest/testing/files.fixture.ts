import JSZip from 'jszip'
import sharp from 'sharp'
import { drawPdf } from '../extract/pdf.ts'

/** Files as other programs write them, and as attackers do. */

/** A PDF by the grammar of ISO 32000-1, section 7.5. @param pages text each; null is a page that draws a box and says nothing */
export function pdf(pages: readonly (string | null)[], info = ''): Uint8Array {
  const kids = pages.map((_, at) => `${4 + 2 * at} 0 R`).join(' ')
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${kids}] /Count ${pages.length} >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    ...pages.flatMap((text, at) => {
      const content =
        text === null ? '10 10 300 300 re f' : `BT /F1 24 Tf 72 700 Td (${text.replace(/[()\\]/g, '\\$&')}) Tj ET`
      return [
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents ${5 + 2 * at} 0 R /Resources << /Font << /F1 3 0 R >> >> >>`,
        `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
      ]
    }),
    `<< ${info} >>`,
  ]
  return assemble(objects, `/Root 1 0 R /Info ${objects.length} 0 R`)
}

/** A PDF that asks for a password: its dictionary of encryption fits no key (ISO 32000-1, section 7.6). @param number makes one unlike the other */
export function encryptedPdf(number = 0): Uint8Array {
  const key = '<' + '5a'.repeat(32) + '>'
  return assemble(
    [
      '<< /Type /Catalog /Pages 2 0 R >>',
      '<< /Type /Pages /Kids [] /Count 0 >>',
      `<< /Filter /Standard /V 1 /R 2 /O ${key} /U ${key} /P -44 >>`,
    ],
    `/Root 1 0 R /Encrypt 3 0 R /ID [<00><00>] /Number ${number}`,
  )
}

function assemble(objects: readonly (string | Buffer)[], trailer: string): Uint8Array {
  const parts: Buffer[] = [Buffer.from('%PDF-1.4\n')]
  let length = parts[0]?.length ?? 0
  const add = (part: Buffer) => {
    parts.push(part)
    length += part.length
  }
  const offsets = objects.map((object, index) => {
    const offset = length
    add(Buffer.concat([Buffer.from(`${index + 1} 0 obj\n`), Buffer.from(object), Buffer.from('\nendobj\n')]))
    return offset
  })
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')
  const size = objects.length + 1
  const head = `xref\n0 ${size}\n0000000000 65535 f \n${table}trailer << /Size ${size} ${trailer} >>\n`
  add(Buffer.from(`${head}startxref\n${length}\n%%EOF\n`))
  return new Uint8Array(Buffer.concat(parts))
}

/** A zip of these files, stored in this order. */
export async function zip(files: Record<string, string | Uint8Array>): Promise<Uint8Array> {
  const made = new JSZip()
  for (const [name, content] of Object.entries(files)) made.file(name, content)
  return made.generateAsync({ type: 'uint8array', compression: 'DEFLATE' })
}

const CONTENT_TYPES = (part: string, type: string) =>
  `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/${part}" ContentType="${type}"/></Types>`
const OFFICE = 'application/vnd.openxmlformats-officedocument'

export const DOCX = `${OFFICE}.wordprocessingml.document`
export const XLSX = `${OFFICE}.spreadsheetml.sheet`
export const PPTX = `${OFFICE}.presentationml.presentation`
export const ODT = 'application/vnd.oasis.opendocument.text'

/** A Word document around a body of WordprocessingML. */
export const docx = (body: string, more: Record<string, string | Uint8Array> = {}): Promise<Uint8Array> =>
  zip({
    '[Content_Types].xml': CONTENT_TYPES('word/document.xml', `${DOCX}.main+xml`),
    'word/document.xml': `<w:document xmlns:w="w"><w:body>${body}</w:body></w:document>`,
    ...more,
  })

/** A workbook around the rows of one sheet. */
export const xlsx = (rows: string, more: Record<string, string> = {}): Promise<Uint8Array> =>
  zip({
    '[Content_Types].xml': CONTENT_TYPES('xl/workbook.xml', `${XLSX}.main+xml`),
    'xl/workbook.xml': '<workbook/>',
    'xl/worksheets/sheet1.xml': `<worksheet><sheetData>${rows}</sheetData></worksheet>`,
    ...more,
  })

export const pptx = (slides: readonly string[]): Promise<Uint8Array> =>
  zip({
    '[Content_Types].xml': CONTENT_TYPES('ppt/presentation.xml', `${PPTX}.main+xml`),
    'ppt/presentation.xml': '<p/>',
    ...Object.fromEntries(
      slides.map((text, at) => [`ppt/slides/slide${at + 1}.xml`, `<s><a:p><a:r><a:t>${text}</a:t></a:r></a:p></s>`]),
    ),
  })

export const odf = (kind: string, body: string): Promise<Uint8Array> =>
  zip({
    mimetype: `application/vnd.oasis.opendocument.${kind}`,
    'content.xml': `<office:document-content><office:body>${body}</office:body></office:document-content>`,
  })

/** A page that says `text`, drawn as a scanner sees it: black on white, 300 dots per inch. */
export async function pictureOf(
  text: string,
  format: 'png' | 'jpeg' | 'gif' | 'webp' | 'tiff' = 'png',
): Promise<Buffer> {
  let picture: Buffer | undefined
  // PDFium brings letters of its own, so that no font need be installed.
  await drawPdf(pdf([text]), [1], { dpi: 300, maxPixels: 10_000_000 }, async (_page, { width, height, data }) => {
    picture = await sharp(data, { raw: { width, height, channels: 1 } })
      .resize({ height: 900, width, fit: 'cover', position: 'top' })
      .toColourspace('b-w')
      .toFormat(format)
      .toBuffer()
  })
  return picture as Buffer
}

/** A PDF of pictures, as a scanner makes them. */
export async function scannedPdf(pages: readonly string[]): Promise<Uint8Array> {
  const pictures = await Promise.all(pages.map((text) => pictureOf(text, 'jpeg')))
  const kids = pages.map((_, at) => `${3 + 3 * at} 0 R`).join(' ')
  const objects: (string | Buffer)[] = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${kids}] /Count ${pages.length} >>`,
  ]
  for (const [at, picture] of pictures.entries()) {
    const { width, height } = await sharp(picture).metadata()
    const draw = 'q 612 0 0 216 0 550 cm /I Do Q'
    objects.push(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents ${4 + 3 * at} 0 R /Resources << /XObject << /I ${5 + 3 * at} 0 R >> >> >>`,
      `<< /Length ${draw.length} >>\nstream\n${draw}\nendstream`,
      Buffer.concat([
        Buffer.from(
          `<< /Type /XObject /Subtype /Image /Width ${width} /Height ${height} /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /DCTDecode /Length ${picture.length} >>\nstream\n`,
        ),
        picture,
        Buffer.from('\nendstream'),
      ]),
    )
  }
  return assemble(objects, '/Root 1 0 R')
}
