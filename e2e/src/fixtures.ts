import JSZip from 'jszip'

const bytesOf = (text: string) => new TextEncoder().encode(text)

/**
 * A one-page PDF that says `text`, by the grammar of ISO 32000-1, section 7.5.
 * @param catalog further entries of its catalogue
 */
export function pdf(text: string, catalog = ''): Uint8Array<ArrayBuffer> {
  const content = `BT /F1 24 Tf 72 700 Td (${text.replace(/[()\\]/g, '\\$&')}) Tj ET`
  const objects = [
    `<< /Type /Catalog /Pages 2 0 R ${catalog}>>`,
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ]
  let file = '%PDF-1.4\n'
  const offsets = objects.map((object, index) => {
    const offset = file.length
    file += `${index + 1} 0 obj\n${object}\nendobj\n`
    return offset
  })
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer << /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${file.length}\n%%EOF\n`
  return bytesOf(file)
}

/** A Word document of one paragraph: the least that ECMA-376 asks for. */
export async function docx(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const zip = new JSZip()
  zip.file(
    '[Content_Types].xml',
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
  )
  zip.file(
    '_rels/.rels',
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>',
  )
  zip.file(
    'word/document.xml',
    `<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>${text}</w:t></w:r></w:p></w:body></w:document>`,
  )
  const file = await zip.generateAsync({ type: 'uint8array' })
  return new Uint8Array(file)
}

export interface Sample {
  filename: string
  contentType: string
  bytes: Uint8Array<ArrayBuffer>
  /** A word inside that nothing else has. */
  word: string
}

/** One file of each kind whose text is read. */
export async function samples(): Promise<Sample[]> {
  const say = (word: string) => `The quarterly figures mention ${word} twice: ${word}.`
  return [
    { filename: 'report.pdf', contentType: 'application/pdf', bytes: pdf(say('pterodactyl')), word: 'pterodactyl' },
    { filename: 'note.txt', contentType: 'text/plain', bytes: bytesOf(say('marmalade')), word: 'marmalade' },
    {
      filename: 'read me.md',
      contentType: 'text/markdown',
      bytes: bytesOf(`# Title\n\n*${say('gargoyle')}*`),
      word: 'gargoyle',
    },
    {
      filename: 'page.html',
      contentType: 'text/html',
      bytes: bytesOf(`<html><script>var hidden = 'unseen'</script><p>${say('trombone')}</p></html>`),
      word: 'trombone',
    },
    {
      filename: 'table.csv',
      contentType: 'text/csv',
      bytes: bytesOf('name,amount\nhippopotamus,12\n'),
      word: 'hippopotamus',
    },
    {
      filename: 'data.json',
      contentType: 'application/json',
      bytes: bytesOf('{"vehicle":"zeppelin"}'),
      word: 'zeppelin',
    },
    {
      filename: 'config.yaml',
      contentType: 'application/yaml',
      bytes: bytesOf('instrument: bassoon\n'),
      word: 'bassoon',
    },
    {
      filename: 'lettre.docx',
      contentType: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      bytes: await docx(say('façade')),
      word: 'facade',
    },
  ]
}
