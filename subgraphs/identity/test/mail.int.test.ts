import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { sendMail } from '@archivolt/kit/mail/send-mail'
import PostalMime from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { device, openTestAccounts, outcome, PASSWORD, type TestAccounts } from './support/accounts.ts'

const taken: { to: string; subject: string; text: string; html: string }[] = []
let busy = false
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  onRcptTo: (_address, _session, done) =>
    done(busy ? Object.assign(new Error('later'), { responseCode: 451 }) : undefined),
  onData(stream, session, done) {
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      void PostalMime.parse(Buffer.concat(chunks)).then(({ subject = '', text = '', html = '' }) => {
        taken.push({ to: session.envelope.rcptTo.map(({ address }) => address).join(), subject, text, html })
        done()
      })
    })
  },
})
let at: TestAccounts
beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const { port } = server.server.address() as AddressInfo
  at = await openTestAccounts({
    SMTP_HOST: '127.0.0.1',
    SMTP_PORT: String(port),
    SMTP_FROM: 'vault@example.org',
    SMTP_TLS: 'none',
    FRONTEND_URL: 'https://vault.example/',
  })
})
afterAll(async () => {
  await at?.close()
  await new Promise<void>((resolve) => server.close(() => resolve()))
})
beforeEach(async () => {
  at.clock.now += 86_400_000
  await at.forget()
  taken.length = 0
})

const LINK = /https:\/\/vault\.example\/reset-password#token=(\S+)/

test('row 27: the link in the mail works, and stands in it once as text and twice as HTML', async () => {
  const { email } = await at.person()
  await at.forget()
  await at.requestLink('RESET_PASSWORD', email, device())
  await at.run('request-link', 'send-mail')
  expect(taken).toHaveLength(1)
  const [mail] = taken
  expect(mail).toMatchObject({ to: email, subject: 'Choose a new password' })
  expect(mail!.html.split('#token=')).toHaveLength(3)
  const token = LINK.exec(mail!.text)?.[1] ?? ''
  expect(await outcome(at.resetPassword({ token, password: 'Quite-another-phrase' }, device()))).toBe('ok')
  taken.length = 0
  await at.run('send-mail')
  expect(taken.map(({ to, subject }) => [to, subject])).toEqual([[email, 'Your password was changed']])
  expect(taken[0]!.text).not.toContain('#token=')
})

test('a link that was replaced before its mail went out is not sent any more', async () => {
  const { email } = await at.person()
  await at.forget()
  for (let round = 0; round < 3; round++) {
    await at.requestLink('RESET_PASSWORD', email, device())
    await at.run('request-link')
  }
  await at.run('send-mail')
  expect(taken).toHaveLength(1)
})

test('row 27: a change of address is told to the old one and to the new one', async () => {
  const { user, viewer, device: own, email } = await at.person()
  const next = `new-${email}`
  await at.forget()
  await at.requestEmailChange(next, viewer, own)
  await at.run('send-mail')
  expect(taken.map(({ to }) => to)).toEqual([email, next])
  taken.length = 0
  for (const purpose of ['CHANGE_EMAIL_OLD', 'CHANGE_EMAIL_NEW'] as const)
    await at.confirmEmailChange(await at.tokenFor(user.id, purpose), device())
  await at.run('send-mail')
  expect(taken.map(({ to, subject }) => [to, subject])).toEqual([
    [email, 'Your email address was changed'],
    [next, 'Your email address was changed'],
  ])
})

test('a server that is busy gets the mail at the next try, once', async () => {
  const { viewer, device: own } = await at.person()
  await at.forget()
  await at.changePassword({ currentPassword: PASSWORD, newPassword: 'Quite-another-phrase' }, viewer, own)
  busy = true
  await expect(at.run('send-mail')).rejects.toThrow()
  busy = false
  await at.run('send-mail')
  await at.run('send-mail')
  expect(taken).toHaveLength(1)
})

test('a mail to nobody is dropped, one without a template is a fault', async () => {
  await sendMail(at.db, { userId: '00000000-0000-7000-8000-000000000000', template: 'new-device' })
  await at.run('send-mail')
  expect(taken).toEqual([])
  const { user } = await at.person()
  await at.forget()
  await sendMail(at.db, { userId: user.id, template: 'of-a-newer-release' })
  await expect(at.run('send-mail')).rejects.toThrow('no template')
})
