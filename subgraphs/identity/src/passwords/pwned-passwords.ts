import { createHash } from 'node:crypto'
import { request } from 'undici'

/** Asks whether a password is in a public collection of leaked ones. */
export interface PwnedPasswords {
  /** Null when it cannot be told: the service is away, or answers nonsense. */
  isKnown(password: string): Promise<boolean | null>
}

const WITHIN_MS = 2000
/** A padded answer has some 1,000 lines of 40 characters. */
const MAX_BYTES = 512 * 1024
/** After a failure nobody waits for the next one in this time. */
const PAUSE_MS = 60_000
const LINE = /^[0-9A-F]{35}:\d+$/

/**
 * The range service of Have I Been Pwned, or one that speaks like it. Five of forty hexadecimal digits of the SHA-1
 * leave the house (k-anonymity), and the answer is padded, so that its size tells nothing either.
 * @param url base address without a slash at the end
 */
export function createPwnedPasswords(url: string, now: () => number = Date.now): PwnedPasswords {
  let awayUntil = 0
  return {
    async isKnown(password) {
      if (now() < awayUntil) return null
      const sha1 = createHash('sha1').update(password).digest('hex').toUpperCase()
      try {
        const lines = await fetchRange(`${url}/range/${sha1.slice(0, 5)}`)
        const found = lines.find((line) => line.startsWith(`${sha1.slice(5)}:`))
        // Padding has the count 0.
        return found !== undefined && Number(found.slice(36)) > 0
      } catch {
        awayUntil = now() + PAUSE_MS
        return null
      }
    },
  }
}

/** For those who want nothing asked. */
export const askNobody: PwnedPasswords = { isKnown: async () => false }

async function fetchRange(url: string): Promise<string[]> {
  const reply = await request(url, {
    headers: { 'add-padding': 'true', 'user-agent': 'archivolt' },
    signal: AbortSignal.timeout(WITHIN_MS),
  })
  // What is left unread is thrown away below, and must not end the process with an error that nobody awaits.
  reply.body.on('error', () => {})
  try {
    if (reply.statusCode !== 200) throw new Error(`status ${reply.statusCode}`)
    let text = ''
    for await (const chunk of reply.body.setEncoding('latin1')) {
      text += chunk as string
      if (text.length > MAX_BYTES) throw new Error('too long')
    }
    const lines = text.split(/\r?\n/).filter(Boolean)
    if (!lines.length || !lines.every((line) => LINE.test(line))) throw new Error('not a range')
    return lines
  } finally {
    reply.body.destroy()
  }
}
