import { createHmac, timingSafeEqual } from 'node:crypto'
import { DomainError } from '@archivolt/kit/errors/domain-error'

export class TicketRefused extends DomainError {
  override readonly status = 403
  constructor(reason: 'invalid' | 'expired') {
    super(
      `storage.ticket_${reason}`,
      reason === 'expired' ? 'This link has expired. Ask for a new one.' : 'This link is not valid.',
    )
  }
}

/** What a ticket lets its bearer do, to which row, until when. */
export interface Ticket {
  kind: 'upload' | 'download'
  id: string
  expiresAt: Date
}

export interface Tickets {
  mint(ticket: Ticket): string
  /** The row id. @throws TicketRefused when forged, of another kind, or expired */
  redeem(kind: Ticket['kind'], token: string): string
}

// The last letter stands for four bits alone: one of 16, or a ticket would have other spellings that are as good.
const TOKEN = /^([ud])\.([0-9a-f]{32})\.([0-9a-z]{1,9})\.([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])$/

/** Signed, expiring words for URLs: `kind.id.expiry.mac`, HMAC-SHA256 under `key` (32 bytes). */
export function createTickets(key: Buffer, now: () => number): Tickets {
  const mac = (text: string) => createHmac('sha256', key).update(text).digest()
  return {
    mint({ kind, id, expiresAt }) {
      const text = `${kind[0]}.${id.replaceAll('-', '')}.${Math.ceil(expiresAt.getTime() / 1000).toString(36)}`
      return `${text}.${mac(text).toString('base64url')}`
    },
    redeem(kind, token) {
      const match = TOKEN.exec(token)
      if (!match || match[1] !== kind[0]) throw new TicketRefused('invalid')
      const [, letter, id, expiry, signature] = match as unknown as [string, string, string, string, string]
      if (!timingSafeEqual(mac(`${letter}.${id}.${expiry}`), Buffer.from(signature, 'base64url')))
        throw new TicketRefused('invalid')
      if (Number.parseInt(expiry, 36) * 1000 <= now()) throw new TicketRefused('expired')
      return id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
    },
  }
}
