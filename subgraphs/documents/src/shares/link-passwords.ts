import { hash, verify } from '@node-rs/argon2'

/** OWASP's second choice for Argon2id: 19 MiB, two passes. */
const OPTIONS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
/** Each takes 19 MiB and a core: more at once would only make all of them slow. */
const AT_ONCE = 2
/** Beyond this, waiting is worse than being told to come again. */
const MOST_WAITING = 50

let running = 0
const waiting: (() => void)[] = []

/** Hashes and checks passwords of links, a few at a time. */
export const linkPasswords = {
  hash: (password: string): Promise<string> => inTurn(() => hash(password.normalize('NFC'), OPTIONS)),
  /** False also when too many are waiting. */
  async verify(kept: string, password: string): Promise<boolean> {
    if (waiting.length >= MOST_WAITING || password.length > 256) return false
    return inTurn(() => verify(kept, password.normalize('NFC')))
  },
}

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve))
  else running++
  try {
    return await work()
  } finally {
    const next = waiting.shift()
    if (next) next()
    else running--
  }
}
