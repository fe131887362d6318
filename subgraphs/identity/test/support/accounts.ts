import { randomUUID } from 'node:crypto'
import type { AuditEvent } from '@archivolt/kit/audit/record-audit'
import { deriveKey } from '@archivolt/kit/identity/keys'
import type { Viewer } from '@archivolt/kit/identity/identity'
import { createLogger, type Logger } from '@archivolt/kit/log/logger'
import type { Mail } from '@archivolt/kit/mail/send-mail'
import type { RateLimits } from '@archivolt/kit/shared-state/rate-limits'
import type { SharedState } from '@archivolt/kit/shared-state/connect'
import { decodeJwt } from 'jose'
import { openAccounts } from '../../src/accounts.ts'
import { linkToken } from '../../src/emails/mail-link.ts'
import { readIdentityEnv } from '../../src/env.ts'
import { hashDevice, type Device } from '../../src/sessions/device.ts'
import type { OpenedSession } from '../../src/sessions/usecases/open-session.ts'
import { openIdentityDatabase } from '../../src/testing/identity-database.ts'

const SECRET = 'a secret of at least thirty-two characters'
export const PASSWORD = 'A-long-enough-passphrase'
export const START = Date.parse('2026-03-01T12:00:00Z')

export const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'

/** A device, of another network each, unless one is named. */
let networks = 0
export function device(change: Partial<Device> = {}): Device {
  const ip = `198.51.${Math.floor(++networks / 250) % 250}.${networks % 250}`
  return { ip, userAgent: CHROME, language: 'en', requestId: randomUUID(), hash: null, ...change }
}

/** Windows of the injected clock, in memory. */
function memoryLimits(now: () => number): RateLimits {
  const used = new Map<string, { count: number; until: number }>()
  return {
    async consume(key, { points, windowSeconds }, cost = 1) {
      const known = used.get(key)
      const entry = known && known.until > now() ? known : { count: 0, until: now() + windowSeconds * 1000 }
      entry.count += cost
      used.set(key, entry)
      const allowed = entry.count <= points
      return {
        allowed,
        remaining: Math.max(0, points - entry.count),
        retryAfterSeconds: allowed ? 0 : Math.ceil((entry.until - now()) / 1000),
      }
    },
    async reset(key) {
      used.delete(key)
    },
  }
}

/** The accounts of a vault over a real database, on a clock of the test; jobs run when the test says so. */
export async function openTestAccounts(env: Record<string, string> = {}, given: { log?: Logger } = {}) {
  const database = await openIdentityDatabase(20)
  const clock = { now: START }
  const now = () => clock.now
  const revoked = new Set<string>()
  const told: string[] = []
  const outage = { away: false }
  const shared = {
    replay: {
      async claim(key: string) {
        if (outage.away) throw new Error('away')
        return !revoked.has(key) && Boolean(revoked.add(key))
      },
      has: async (keys: readonly string[]) => keys.some((key) => revoked.has(key)),
    },
    pubsub: { publish: async (channel: string, message: string) => void told.push(`${channel} ${message}`) },
    rateLimits: memoryLimits(now),
  } as unknown as SharedState
  const log = given.log ?? createLogger('test', { level: 'silent', pretty: false })
  const parsed = readIdentityEnv({
    NODE_ENV: 'test',
    SECRET_KEY: SECRET,
    DATABASE_URL: database.url,
    SHARED_DATABASE_URL: database.url,
    PWNED_PASSWORDS_URL: 'off',
    ...env,
  })
  const { db } = database
  const kicks = { count: 0 }
  const accounts = await openAccounts(
    parsed,
    db,
    { log, now, platform: { shared } as never },
    { kick: () => void kicks.count++ },
  )
  const { usecases } = accounts
  const jobs = new Map(accounts.jobs.map((door) => [door.job.name, door]))

  const outbox = (name: string) => db.outbox.findMany({ where: { name }, orderBy: { createdAt: 'asc' } })

  return {
    ...usecases,
    accounts,
    db,
    database,
    clock,
    revoked,
    told,
    outage,
    kicks,
    /** What the log will say, in order. */
    events: async () => (await outbox('record-audit')).map((row) => row.payload as unknown as AuditEvent),
    mails: async () => (await outbox('send-mail')).map((row) => row.payload as unknown as Mail),
    forget: () => db.outbox.deleteMany(),
    /** Runs what waits in the outbox of these jobs, and takes it out. */
    async run(...names: string[]): Promise<void> {
      for (const name of names)
        for (const row of await outbox(name)) {
          const door = jobs.get(name)!
          const context = { signal: new AbortController().signal, attempt: 1, lastAttempt: false, log, id: row.id }
          await door.run(door.job.schema.parse(row.payload), context as never)
          await db.outbox.delete({ where: { id: row.id } })
        }
    },
    /** A new person, signed in. */
    async person(change: { email?: string; password?: string; on?: Device } = {}) {
      const on = change.on ?? device()
      const input = {
        email: change.email ?? `${randomUUID()}@example.org`,
        password: change.password ?? PASSWORD,
        name: 'Somebody Else',
      }
      const opened = await usecases.register(input, on)
      return { ...input, device: withCookies(on, opened), opened, viewer: viewerOf(opened), user: opened.user }
    },
    /** The token in the newest link of an account, as its mail would carry it. */
    async tokenFor(
      userId: string,
      purpose: 'VERIFY_EMAIL' | 'RESET_PASSWORD' | 'CHANGE_EMAIL_OLD' | 'CHANGE_EMAIL_NEW',
    ) {
      const link = await db.mailLink.findFirstOrThrow({ where: { userId, purpose }, orderBy: { id: 'desc' } })
      return linkToken(deriveKey(SECRET, 'mail-links'), link)
    },
    async close() {
      accounts.close()
      await database.drop()
    },
  }
}

export type TestAccounts = Awaited<ReturnType<typeof openTestAccounts>>

/** The viewer behind an access token, as the gateway would read it. */
export function viewerOf(opened: Pick<OpenedSession, 'accessToken'>): Viewer {
  const claims = decodeJwt<{ sid: string; role: Viewer['role']; groups: string[] }>(opened.accessToken)
  const { sub = '', sid, role, groups } = claims
  return { userId: sub, sessionId: sid, role, groups, scopes: null }
}

/** `name=value` pairs as a browser sends them back. */
export const cookieHeader = (...values: readonly string[]): string =>
  values.map((value) => value.split(';')[0]).join('; ')

/** The same device once it has the cookies of a sign-in. */
export function withCookies(on: Device, opened: Pick<OpenedSession, 'cookies'>): Device {
  const id = /archivolt_device=([^;]+)/.exec(cookieHeader(...opened.cookies))?.[1]
  return id ? { ...on, hash: hashDevice(id) } : on
}

/** What a use case threw, by its class; `ok` when it did not. */
export const outcome = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'ok',
    (error: Error) => error.constructor.name,
  )
