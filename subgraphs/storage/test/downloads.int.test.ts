import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStorageApp, person, type StorageApp } from './support/storage-app.ts'

let house: Awaited<ReturnType<typeof openStorageApp>>
let storage: StorageApp
const ada = person()

beforeAll(async () => {
  house = await openStorageApp()
  storage = await house.start()
})
afterAll(() => house?.close())

const at = (path: string) => new URL(path, storage.url)
const script = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
const ticketFor = async (file: { filename?: string; contentType?: string }, bytes = script) =>
  (await storage.file(ada, await storage.upload(ada, bytes, file))).download.url

describe('a download', () => {
  it.for([
    'image/svg+xml',
    'text/html',
    'application/xhtml+xml',
    'text/xml',
    'multipart/related',
    'application/pdf',
    'text/javascript',
  ])('of %s runs nothing in a browser, whatever asks for it', async (contentType) => {
    const url = await ticketFor({ contentType })
    for (const [query, headers] of [
      ['', {}],
      ['?response-content-type=text/html&response-content-disposition=inline', {}],
      ['', { range: 'bytes=0-9' }],
      ['', { accept: 'text/html', 'sec-fetch-dest': 'document' }],
    ] as const) {
      const reply = await fetch(at(url + query), { headers })
      expect(Object.fromEntries(reply.headers)).toMatchObject({
        'content-type': contentType,
        'content-disposition': expect.stringMatching(/^attachment; filename/),
        'content-security-policy': "sandbox; default-src 'none'",
        'x-content-type-options': 'nosniff',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'cache-control': 'private, no-cache',
      })
      await reply.body?.cancel()
    }
  })

  it.for([
    ['a name with quotes', 'a "quoted" \\ name.txt'],
    ['a name in another script', 'отчёт 年報.pdf'],
    ['a name that runs backwards', 'photo\u202Egpj.exe'],
    ['a name with a line break', 'a\r\nset-cookie: evil=1\r\n\r\nb.txt'],
    ['a name with a path', '../../etc/passwd'],
    ['a name of 255 bytes', `${'ä'.repeat(125)}.text`],
    ['a name with half a character', 'half \uD83D.txt'],
  ] as const)('with %s has one header of it, and nothing beside', async ([, filename]) => {
    const reply = await fetch(at(await ticketFor({ filename })))
    expect(reply.status).toBe(200)
    const header = reply.headers.get('content-disposition') ?? ''
    expect(header).toMatch(/^attachment; filename/)
    expect(header).toMatch(/^[\x20-\x7e]+$/)
    expect(decodeURIComponent(header)).not.toMatch(/[\p{Cc}\u202e]/u)
    expect(reply.headers.get('set-cookie')).toBeNull()
    // The part before the extended name is for old programs; neither has a way into another folder.
    expect(header).not.toMatch(/filename="?[^";]*\//)
    await reply.body?.cancel()
  })

  it('opens by its own ticket alone: for its time, its method, its file', async () => {
    const mine = await ticketFor({ filename: 'mine.txt' }, 'mine')
    const other = await ticketFor({ filename: 'other.txt' }, 'other')
    const [start, token = ''] = [mine.slice(0, mine.lastIndexOf('/') + 1), mine.split('/').at(-1)]
    const [kind, id, expiry, mac] = token.split('.')
    const otherId = other.split('/').at(-1)?.split('.')[1]
    for (const forged of [
      `${kind}.${otherId}.${expiry}.${mac}`,
      `${kind}.${id}.zzzzzzzz.${mac}`,
      `u.${id}.${expiry}.${mac}`,
      `${token}A`,
      '..%2F..%2Fetc%2Fpasswd',
    ])
      expect((await fetch(at(start + forged))).status, forged).toBe(403)
    for (const method of ['PUT', 'POST', 'PATCH', 'DELETE'])
      expect((await fetch(at(mine), { method, body: 'x' })).status, method).toBe(405)
    const upload = await storage.begin(ada, 4)
    expect((await fetch(upload.url.replace('/uploads/', '/downloads/'))).status).toBe(403)
    expect(
      (await fetch(at(mine).href.replace('/downloads/', '/uploads/'), { method: 'PUT', body: 'evil' })).status,
    ).toBe(403)
    expect(await (await fetch(at(mine))).text()).toBe('mine')
    // Tickets count whole seconds.
    house.pass(15 * 60_000 + 1000)
    expect((await fetch(at(mine))).status).toBe(403)
    expect(house.logged().includes(mac ?? '-'), 'no ticket in the log').toBe(false)
  })

  it('is an upload that took neither another length nor a second body', async () => {
    const { url, id } = await storage.begin(ada, 4)
    expect((await fetch(url, { method: 'PUT', body: 'too long' })).status).toBeGreaterThanOrEqual(400)
    expect((await fetch(url, { method: 'PUT', body: 'abc' })).status).toBeGreaterThanOrEqual(400)
    expect((await fetch(url, { method: 'PUT', body: 'good' })).status).toBe(200)
    const blobId = await storage.complete(ada, id)
    expect((await fetch(url, { method: 'PUT', body: 'evil' })).status).toBeGreaterThanOrEqual(400)
    expect(await storage.read(blobId)).toBe('good')
  })
})
