import { randomUUID } from 'node:crypto'
import type { PrismaClient, User } from '../../../prisma/client/client.ts'
import { EmailNotVerifiedError } from '../../emails/email.errors.ts'
import type { Passwords } from '../../passwords/passwords.ts'
import { CHALLENGE_MS } from '../../two-factor/two-factor.ts'
import type { Attempts } from '../attempts.ts'
import type { Device } from '../device.ts'
import { noteEvent } from '../note-event.ts'
import { InvalidCredentialsError, TwoFactorRequired } from '../session.errors.ts'
import type { OpenedSession, OpenSession } from './open-session.ts'

interface Deps {
  db: PrismaClient
  passwords: Passwords
  openSession: OpenSession
  attempts: Attempts
  outbox: { kick(): void }
  /** Whether an address must be verified before its person may sign in. */
  verificationRequired: boolean
  now: () => number
}

/** Longer input is not hashed: no password of this vault is that long. */
const MAX_INPUT = 1024
/** Has no account: what is asked about it costs as much as for anyone. */
const NOBODY = '00000000-0000-0000-0000-000000000000'

/**
 * Signs in with email and password. An unknown address, a wrong password and a deactivated account are one answer, in
 * the same time. An account with a second factor gets no session here, only a challenge.
 * @throws TwoFactorRequired, InvalidCredentialsError, EmailNotVerifiedError, RateLimitedError
 */
export const login =
  (deps: Deps) =>
  async (input: { email: string; password: string }, device: Device): Promise<OpenedSession> => {
    if (input.email.length > MAX_INPUT || input.password.length > MAX_INPUT) throw new InvalidCredentialsError()
    const email = input.email.normalize('NFC').trim().toLowerCase()
    const user = await deps.db.user.findUnique({ where: { email } })
    const known = await knownDevice(deps.db, user?.id ?? NOBODY, device)
    const lane = await deps.attempts.admit('login', { ip: device.ip, account: email, knownDevice: known })
    const right = await deps.passwords.matches(input.password, user?.active ? user.passwordHash : null)
    if (!user || !right) {
      await noteFailure(deps, user, device)
      throw lane.kind === 'slow' ? lane.refusal : new InvalidCredentialsError()
    }
    const totp = await deps.db.totp.findUnique({ where: { userId: user.id } })
    if (totp?.confirmedAt) throw new TwoFactorRequired(await openChallenge(deps, user.id))
    if (lane.kind === 'slow') throw lane.refusal
    if (deps.verificationRequired && !user.emailVerifiedAt) throw new EmailNotVerifiedError()
    await deps.attempts.forgive('login', email, known)
    await upgradeHash(deps, user, input.password)
    return deps.openSession(user, device, 'password')
  }

/** The hash of the device if this person has signed in on it before. Costs one query in any case. */
export async function knownDevice(
  db: PrismaClient,
  userId: string,
  device: Device,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const hash = device.hash ?? Buffer.alloc(32)
  const row = await db.device.findUnique({ where: { userId_hash: { userId, hash } } })
  return row ? device.hash : null
}

async function openChallenge(deps: Deps, userId: string): Promise<string> {
  const now = deps.now()
  const { id } = await deps.db.challenge.create({
    data: { id: randomUUID(), userId, createdAt: new Date(now), expiresAt: new Date(now + CHALLENGE_MS) },
  })
  return id
}

/** One row for an unknown address as for a wrong password, so that neither takes longer. */
async function noteFailure(deps: Deps, user: User | null, device: Device): Promise<void> {
  const details = { known: user !== null }
  const about = { userId: user?.id ?? null, actorId: null, device, at: deps.now(), details }
  await deps.db.$transaction((tx) => noteEvent(tx, { type: 'login.failed', ...about }))
  deps.outbox.kick()
}

/** A password kept with weaker parameters than today's is kept anew, now that it is known. */
async function upgradeHash(deps: Deps, user: User, password: string): Promise<void> {
  if (!deps.passwords.isOutdated(user.passwordHash)) return
  const passwordHash = await deps.passwords.hash(password.normalize('NFC'))
  // Unless it was changed in this moment.
  await deps.db.user.updateMany({ where: { id: user.id, passwordHash: user.passwordHash }, data: { passwordHash } })
}
