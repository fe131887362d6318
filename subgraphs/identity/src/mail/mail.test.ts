import { PassThrough } from 'node:stream'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createLogger } from '@archivolt/kit/log/logger'
import { makeCertificate } from '@archivolt/kit/net/test-certificate.fixture'
import PostalMime from 'postal-mime'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { afterEach, describe, expect, test } from 'vitest'
import { createLogMailer, createSmtpMailer, MailRefusedError, type Mailer, type SmtpSettings } from './mailer.ts'
import { renderMail } from './render.ts'
import { TEMPLATES } from './templates/index.ts'

const mail = { subject: 'Größe', text: 'Hello', html: '<p>Hello</p>' }
const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/** A mail server on a free port, with smtp-server's own certificate, and what it took. */
async function serve(options: SMTPServerOptions = {}, settings: Partial<SmtpSettings> = {}) {
  const taken: { raw: string; secure: boolean; to: string[] }[] = []
  const server = new SMTPServer({
    authOptional: true,
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map((each) => each.address)
        taken.push({ raw: Buffer.concat(chunks).toString(), secure: session.secure, to })
        done()
      })
    },
    ...options,
  })
  server.on('error', () => {})
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  closers.push(() => new Promise<void>((resolve) => server.close(() => resolve())))
  const { port } = server.server.address() as AddressInfo
  const mailer: Mailer = createSmtpMailer({
    host: '127.0.0.1',
    port,
    from: 'Archivolt <vault@example.org>',
    tls: 'none',
    ...settings,
  })
  closers.unshift(() => mailer.close())
  return { mailer, taken }
}

describe('a mail', () => {
  test('arrives as text and as HTML', async () => {
    const { mailer, taken } = await serve()
    await mailer.send('ada@example.org', mail)
    const parsed = await PostalMime.parse(taken[0]!.raw)
    expect(parsed).toMatchObject({ subject: 'Größe', from: { name: 'Archivolt', address: 'vault@example.org' } })
    expect([parsed.text?.trim(), parsed.html?.trim()]).toEqual(['Hello', '<p>Hello</p>'])
    expect(parsed.headers.find((header) => header.key === 'auto-submitted')?.value).toBe('auto-generated')
  })

  test('goes through STARTTLS to a server whose certificate is trusted', async () => {
    const { key, cert } = makeCertificate('localhost')
    const { mailer, taken } = await serve({ key, cert }, { host: 'localhost', tls: 'starttls', ca: cert })
    await mailer.send('ada@example.org', mail)
    expect(taken).toMatchObject([{ secure: true, to: ['ada@example.org'] }])
  })

  test('is not sent in the clear where it must be encrypted, nor to a server that nobody vouches for', async () => {
    const clear = await serve({ hideSTARTTLS: true, disabledCommands: ['STARTTLS'] }, { tls: 'starttls' })
    await expect(clear.mailer.send('ada@example.org', mail)).rejects.not.toBeInstanceOf(MailRefusedError)
    const stranger = await serve({}, { tls: 'starttls' })
    await expect(stranger.mailer.send('ada@example.org', mail)).rejects.not.toBeInstanceOf(MailRefusedError)
    const login = await serve(
      { hideSTARTTLS: true, disabledCommands: ['STARTTLS'] },
      { tls: 'auto', user: 'u', password: 'p' },
    )
    await expect(login.mailer.send('ada@example.org', mail), 'a password never goes in the clear').rejects.toThrow()
    expect([clear.taken, stranger.taken, login.taken]).toEqual([[], [], []])
  })

  test('that is refused for good is told from one that is worth another try', async () => {
    let code = 550
    const { mailer } = await serve({
      onRcptTo: (_address, _session, done) => done(Object.assign(new Error('no'), { responseCode: code })),
    })
    await expect(mailer.send('ada@example.org', mail)).rejects.toBeInstanceOf(MailRefusedError)
    code = 451
    await expect(mailer.send('ada@example.org', mail)).rejects.not.toBeInstanceOf(MailRefusedError)
  })

  test('row 27: no line break gets into its headers, and no second address into its envelope', async () => {
    const { mailer, taken } = await serve()
    for (const to of [
      'a@example.org\r\nBcc: b@example.org',
      'a@example.org, b@example.org',
      '"x" <a@example.org>',
      'a b@c.org',
    ])
      await expect(mailer.send(to, mail)).rejects.toBeInstanceOf(MailRefusedError)
    const values = { name: 'Ada\r\nBcc: evil@example.org', tokenName: 'x\nSubject: forged', device: '<b>\u2028' }
    for (const template of Object.values(TEMPLATES)) {
      const rendered = renderMail(template, 'en', values, 'Archivolt')
      expect(rendered.subject).not.toMatch(/[\r\n\u2028]/)
      await mailer.send('ada@example.org', rendered)
    }
    for (const { raw, to } of taken) {
      expect(to).toEqual(['ada@example.org'])
      const { headers, bcc, subject } = await PostalMime.parse(raw)
      expect([bcc, subject?.includes('forged')]).toEqual([undefined, false])
      expect(headers.filter((header) => header.key === 'subject')).toHaveLength(1)
    }
  })
})

describe('a template', () => {
  const link = 'https://vault.example/reset-password#token=abc'
  test.each(Object.entries(TEMPLATES))(
    '%s says the same as text and as HTML, and lets nobody write HTML',
    (_name, template) => {
      const values = {
        link,
        name: '<img src=x onerror=alert(1)>',
        device: '<script>',
        ip: '192.0.2.1',
        connection: '<i>',
      }
      const { subject, text, html } = renderMail(template, 'xx', values, 'Archivolt, https://vault.example')
      expect(subject).not.toBe('')
      expect(html).not.toMatch(/<img|<script|<i>/)
      expect(html).toContain('lang="en"')
      if (text.includes(link)) expect(html).toContain(`href="${link}"`)
    },
  )

  test('in a language that it has is used, English otherwise', () => {
    const template = {
      en: () => ({ subject: 'Hello', paragraphs: [] }),
      de: () => ({ subject: 'Hallo', paragraphs: [] }),
    }
    expect(['de', 'fr', 'en'].map((language) => renderMail(template, language, {}, '').subject)).toEqual([
      'Hallo',
      'Hello',
      'Hello',
    ])
  })
})

test('without a server a mail is logged, with its link, so that a household can do without', async () => {
  let written = ''
  const log = createLogger('identity', {
    level: 'warn',
    pretty: false,
    destination: new PassThrough().on('data', (chunk: Buffer) => (written += chunk)),
  })
  const mailer = createLogMailer(log)
  await mailer.send('ada@example.org', { ...mail, text: 'Open https://vault.example/reset-password#token=abc' })
  await mailer.send('ada@example.org', { ...mail, text: 'only news' })
  expect(written).toContain('#token=abc')
  expect(written).not.toContain('only news')
})
