import type { Logger } from '@archivolt/kit/log/logger'
import type { Mail } from '@archivolt/kit/mail/send-mail'
import type { MailLink, PrismaClient } from '../../../prisma/client/client.ts'
import { linkToken, linkUrl } from '../../emails/mail-link.ts'
import { MailRefusedError, type Mailer } from '../mailer.ts'
import { renderMail } from '../render.ts'
import { TEMPLATES } from '../templates/index.ts'

interface Deps {
  db: PrismaClient
  mailer: Mailer
  linkKey: Buffer
  frontendUrl: string
  now: () => number
}

/**
 * Writes a mail and hands it over. A link is put in here, at the last moment: in the queue there is only its id. A mail
 * whose person or link is gone, and one that the server will never take, is dropped; whatever else fails is worth
 * another try.
 */
export const deliverMail =
  (deps: Deps) =>
  async (mail: Mail, log: Logger): Promise<void> => {
    const template = TEMPLATES[mail.template]
    if (!template) throw new Error(`there is no template ${mail.template}`)
    const user = await deps.db.user.findUnique({ where: { id: mail.userId } })
    if (!user) return
    const { linkId, ...values } = mail.values
    const link = linkId ? await openLink(deps, linkId) : null
    if (linkId && !link) return
    const url = link ? linkUrl(deps.frontendUrl, link.purpose, linkToken(deps.linkKey, link)) : undefined
    const all = { name: user.name, ...values, newEmail: link?.newEmail ?? values.newEmail, link: url }
    const rendered = renderMail(template, languageOf(user), all, `Archivolt, ${deps.frontendUrl}`)
    try {
      await deps.mailer.send(link?.email ?? mail.to ?? user.email, rendered)
    } catch (error) {
      if (!(error instanceof MailRefusedError)) throw error
      log.warn({ err: error, template: mail.template, userId: user.id }, 'a mail was refused for good')
    }
  }

async function openLink(deps: Deps, id: string): Promise<MailLink | null> {
  const link = await deps.db.mailLink.findUnique({ where: { id } })
  return link && !link.closedAt && link.expiresAt.getTime() > deps.now() ? link : null
}

/** The person's language, as far as there are words in it. */
function languageOf(user: object): string {
  return 'language' in user && typeof user.language === 'string' ? user.language.slice(0, 2).toLowerCase() : 'en'
}
