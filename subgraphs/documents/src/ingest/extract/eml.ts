import PostalMime from 'postal-mime'
import { onePage, type Extracted } from './extracted.ts'
import { htmlText } from './html.ts'
import { Unreadable } from './unreadable.ts'

/** Mails that carry mails that carry mails: a chain of forwards is not longer. */
const MAX_NESTING = 32

/** A mail: who, when, what about, what it says, and the names of what it carries. @throws Unreadable when it is none */
export async function readEml(bytes: Uint8Array): Promise<Extracted> {
  const mail = await PostalMime.parse(bytes, { maxNestingDepth: MAX_NESTING, maxHeadersSize: 1024 ** 2 }).catch(
    (error: unknown) => {
      throw new Unreadable('The mail is damaged or nests too deep, and is not read.', { cause: error })
    },
  )
  const people = [mail.from, ...(mail.to ?? []), ...(mail.cc ?? [])]
    .flatMap((address) => (address ? [address, ...(address.group ?? [])] : []))
    .map(({ name, address }) => [name, address].filter(Boolean).join(' '))
  const said = mail.text?.trim() || htmlText(mail.html ?? '')
  const carried = mail.attachments.map(({ filename }) => filename).filter(Boolean)
  const subject = mail.subject?.trim() || null
  return onePage(
    [subject, people.join('\n'), mail.date, said, carried.join('\n')].filter(Boolean).join('\n\n'),
    subject,
  )
}
