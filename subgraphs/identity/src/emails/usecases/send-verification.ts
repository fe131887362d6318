import { sendMail } from '@archivolt/kit/mail/send-mail'
import type { Prisma, User } from '../../../prisma/client/client.ts'
import type { Links } from '../links.ts'

/** Sends a link that shows an address to be the person's; within what is sent in an hour. */
export async function sendVerification(
  tx: Prisma.TransactionClient,
  links: Links,
  user: Pick<User, 'id' | 'email'>,
): Promise<void> {
  const link = await links.make(tx, 'VERIFY_EMAIL', { userId: user.id, email: user.email })
  if (link) await sendMail(tx, { userId: user.id, template: 'verify-email', values: { linkId: link.id } })
}
