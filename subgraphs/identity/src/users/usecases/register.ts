import { sendMail } from '@archivolt/kit/mail/send-mail'
import { Prisma, type PrismaClient, type User } from '../../../prisma/client/client.ts'
import { EmailNotVerifiedError } from '../../emails/email.errors.ts'
import type { Links } from '../../emails/links.ts'
import { sendVerification } from '../../emails/usecases/send-verification.ts'
import type { ChoosePassword } from '../../passwords/choose-password.ts'
import type { Attempts } from '../../sessions/attempts.ts'
import type { Device } from '../../sessions/device.ts'
import { noteEvent } from '../../sessions/note-event.ts'
import type { Transact } from '../../sessions/unit-of-work.ts'
import type { OpenedSession, OpenSession } from '../../sessions/usecases/open-session.ts'
import { normalizeEmail, normalizeName } from '../user.ts'
import { EmailTakenError, RegistrationClosedError } from '../user.errors.ts'

interface Deps {
  db: PrismaClient
  transact: Transact
  choosePassword: ChoosePassword
  openSession: OpenSession
  attempts: Attempts
  links: Links
  registrationOpen: boolean
  /** Whether an address must be verified before its person may sign in. */
  verificationRequired: boolean
  now: () => number
}

/** In a quarter of an hour. */
const MAILS_TO_OWNER = 2

/**
 * Opens an account and signs its person in; or, where addresses must be verified first, sends the link. In the second
 * case a new address and one that has an account already are one answer.
 * @throws InvalidInputError, EmailTakenError, EmailNotVerifiedError, RegistrationClosedError, RateLimitedError
 */
export const register =
  (deps: Deps) =>
  async (input: { email: string; password: string; name: string }, device: Device): Promise<OpenedSession> => {
    if (!deps.registrationOpen) throw new RegistrationClosedError()
    const email = normalizeEmail(input.email)
    const name = normalizeName(input.name)
    await deps.attempts.admit('register', { ip: device.ip })
    const { hash, checked } = await deps.choosePassword(input.password, {
      field: 'password',
      secondFactor: false,
      known: [email, name],
    })
    const user = await create(deps, { email, name, passwordHash: hash }, checked, device)
    if (deps.verificationRequired) {
      if (!user) await tellOwner(deps, email)
      throw new EmailNotVerifiedError()
    }
    if (!user) throw new EmailTakenError()
    return deps.openSession(user, device, 'registration')
  }

/** The new account; null when the address has one. */
async function create(
  deps: Deps,
  data: { email: string; name: string; passwordHash: string },
  checked: boolean,
  device: Device,
): Promise<User | null> {
  try {
    return await deps.transact(async ({ tx }) => {
      const user = await tx.user.create({ data })
      await noteEvent(tx, { type: 'user.registered', userId: user.id, device, at: deps.now(), details: { checked } })
      await sendVerification(tx, deps.links, user)
      return user
    })
  } catch (error) {
    if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002') return null
    throw error
  }
}

/** Whoever owns the address learns of it, a few times at most. */
async function tellOwner(deps: Deps, email: string): Promise<void> {
  const owner = await deps.db.user.findUnique({ where: { email } })
  const enough = await deps.attempts.count('account-exists', email, MAILS_TO_OWNER).then(
    () => false,
    () => true,
  )
  if (!owner || enough) return
  await deps.transact(async ({ tx }) => {
    if (owner.emailVerifiedAt) await sendMail(tx, { userId: owner.id, template: 'account-exists' })
    else await sendVerification(tx, deps.links, owner)
  })
}
