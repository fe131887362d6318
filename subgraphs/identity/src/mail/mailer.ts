import { createTransport } from 'nodemailer'
import type { Logger } from '@archivolt/kit/log/logger'
import type { RenderedMail } from './render.ts'

export interface Mailer {
  /**
   * Hands a mail over.
   * @throws MailRefusedError when it will never be taken; any other error is worth another try
   */
  send(to: string, mail: RenderedMail): Promise<void>
  close(): void
}

export class MailRefusedError extends Error {}

export interface SmtpSettings {
  host: string
  port: number
  user?: string
  password?: string
  from: string
  /**
   * `starttls`: encrypted after the greeting, or not sent. `tls`: encrypted from the first byte. `none`: never.
   * `auto`: `tls` on port 465, `starttls` where there is a password, and otherwise encrypted if the server offers it.
   */
  tls: 'auto' | 'starttls' | 'tls' | 'none'
  /** Certificates to trust beside the usual ones, in PEM. */
  ca?: string
}

/** A header ends at a line break, and an address list at a comma. */
const ADDRESS = /^[^\s@,;<>"]+@[^\s@,;<>"]+$/

/** Mails through an SMTP server, over at most two connections that are kept open. */
export function createSmtpMailer(smtp: SmtpSettings): Mailer {
  const auto = smtp.tls === 'auto'
  const transport = createTransport({
    pool: true,
    maxConnections: 2,
    host: smtp.host,
    port: smtp.port,
    secure: smtp.tls === 'tls' || (auto && smtp.port === 465),
    requireTLS: smtp.tls === 'starttls' || (auto && smtp.user !== undefined),
    ignoreTLS: smtp.tls === 'none',
    auth: smtp.user === undefined ? undefined : { user: smtp.user, pass: smtp.password ?? '' },
    tls: { minVersion: 'TLSv1.2', ca: smtp.ca },
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 30_000,
    // Templates hold text alone: nothing in a mail may make the server read a file or a URL.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    async send(to, mail) {
      if (!ADDRESS.test(to)) throw new MailRefusedError('this is not one address')
      try {
        await transport.sendMail({
          from: smtp.from,
          to: { name: '', address: to },
          subject: mail.subject,
          text: mail.text,
          html: mail.html,
          // Asks programs that answer mails by themselves to be silent (RFC 3834).
          headers: { 'auto-submitted': 'auto-generated' },
        })
      } catch (error) {
        if (isFinal(error)) throw new MailRefusedError('the mail server refuses it', { cause: error })
        throw error
      }
    },
    close: () => transport.close(),
  }
}

/** RFC 5321, 4.2.1: 5yz will be answered again to the same mail; but 53z is about our own sign-in there. */
function isFinal(error: unknown): boolean {
  const code = (error as { responseCode?: unknown }).responseCode
  return typeof code === 'number' && code >= 540 && code < 560
}

/** Without a mail server, mails are written to the log: those with a link so that it is seen at every usual level. */
export function createLogMailer(log: Logger): Mailer {
  return {
    async send(to, { subject, text }) {
      const level = text.includes('#token=') ? 'warn' : 'info'
      log[level]({ to, subject, text }, 'there is no mail server (SMTP_HOST): this mail was written here alone')
    },
    close() {},
  }
}
