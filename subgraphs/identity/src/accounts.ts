import type { OutboxDispatcher } from '@archivolt/kit/jobs/outbox'
import { createSealer } from '@archivolt/kit/crypto/sealed'
import { fingerprintOf } from '@archivolt/kit/identity/fingerprint'
import { deriveKey } from '@archivolt/kit/identity/keys'
import type { Client } from '@archivolt/kit/identity/identity'
import { handle, type JobDoor } from '@archivolt/kit/jobs/job'
import { sendMailJob } from '@archivolt/kit/mail/send-mail'
import type { ServiceBase } from '@archivolt/kit/server/service'
import type { PrismaClient } from '../prisma/client/client.ts'
import { createApiToken } from './api-tokens/usecases/create-api-token.ts'
import { lookUpApiToken } from './api-tokens/usecases/look-up-api-token.ts'
import { revokeApiToken } from './api-tokens/usecases/revoke-api-token.ts'
import { createLinks } from './emails/links.ts'
import { requestLinkJob } from './emails/request-link.job.ts'
import { confirmEmailChange } from './emails/usecases/confirm-email-change.ts'
import { requestEmailChange } from './emails/usecases/request-email-change.ts'
import { fulfilLink, requestLink } from './emails/usecases/request-link.ts'
import { verifyEmail } from './emails/usecases/verify-email.ts'
import type { IdentityEnv } from './env.ts'
import { createLogMailer, createSmtpMailer } from './mail/mailer.ts'
import { deliverMail } from './mail/usecases/deliver-mail.ts'
import { choosePassword } from './passwords/choose-password.ts'
import type { PasswordPolicy } from './passwords/password-policy.ts'
import { createPasswords } from './passwords/passwords.ts'
import { askNobody, createPwnedPasswords } from './passwords/pwned-passwords.ts'
import { changePassword } from './passwords/usecases/change-password.ts'
import { resetPassword } from './passwords/usecases/reset-password.ts'
import { issueAccessToken } from './sessions/access-token.ts'
import { createAttempts } from './sessions/attempts.ts'
import { createSessionCookies } from './sessions/session-cookies.ts'
import { openSigningKeys } from './sessions/signing-keys.ts'
import { requireFresh } from './sessions/step-up.ts'
import { maintainAccountsJob } from './sessions/maintain-accounts.job.ts'
import { announceEnds, announceEndsJob, unitOfWork } from './sessions/unit-of-work.ts'
import { endSession, logoutEverywhere } from './sessions/usecases/end-session.ts'
import { login } from './sessions/usecases/login.ts'
import { logout } from './sessions/usecases/logout.ts'
import { openSession } from './sessions/usecases/open-session.ts'
import { reauthenticate } from './sessions/usecases/reauthenticate.ts'
import { refreshSession } from './sessions/usecases/refresh-session.ts'
import { sweepAccounts } from './sessions/usecases/sweep-accounts.ts'
import { beginTotpSetup } from './two-factor/usecases/begin-totp-setup.ts'
import { checkFactor } from './two-factor/usecases/check-factor.ts'
import { confirmTotpSetup } from './two-factor/usecases/confirm-totp-setup.ts'
import { disableTotp } from './two-factor/usecases/disable-totp.ts'
import { regenerateBackupCodes } from './two-factor/usecases/regenerate-backup-codes.ts'
import { verifyTwoFactor } from './two-factor/usecases/verify-two-factor.ts'
import { register } from './users/usecases/register.ts'

/**
 * Wires accounts: passwords, sessions, second factors, API tokens, and the mails about them.
 * @throws Error when the vault's signing keys cannot be read with this SECRET_KEY
 */
export async function openAccounts(
  env: IdentityEnv,
  db: PrismaClient,
  base: Pick<ServiceBase, 'log' | 'now' | 'platform'>,
  outbox: Pick<OutboxDispatcher, 'kick'>,
) {
  const { now, log } = base
  const { replay, pubsub, rateLimits } = base.platform.shared
  const keyFor = (purpose: string) => deriveKey(env.SECRET_KEY, purpose)

  const keys = await openSigningKeys(db, keyFor('signing-keys'), { now })
  const passwords = await createPasswords()
  const policy: PasswordPolicy = {
    minLength: env.PASSWORD_MIN_LENGTH,
    minLengthWithSecondFactor: Math.min(env.PASSWORD_MIN_LENGTH_WITH_2FA, env.PASSWORD_MIN_LENGTH),
    require: env.PASSWORD_REQUIRE,
    forbiddenWords: env.PASSWORD_FORBIDDEN_WORDS,
  }
  const pwned = env.PWNED_PASSWORDS_URL ? createPwnedPasswords(env.PWNED_PASSWORDS_URL, now) : askNobody
  const withinMs = env.STEP_UP_MINUTES * 60_000
  const announce = announceEnds({ replay, pubsub })
  const linkKey = keyFor('mail-links')
  const fingerprintKey = keyFor('fingerprint')

  const deps = {
    db,
    passwords,
    policy,
    outbox,
    now,
    withinMs,
    linkKey,
    refreshKey: keyFor('refresh-tokens'),
    backupKey: keyFor('backup-codes'),
    sealer: createSealer({ current: { version: 1, key: keyFor('account-secrets') } }),
    cookies: createSessionCookies(env.PUBLIC_URL),
    fingerprint: (client: Client) => fingerprintOf(fingerprintKey, client),
    issueAccessToken: issueAccessToken({ keys, now }),
    attempts: createAttempts({ rateLimits }),
    links: createLinks({ key: linkKey, now }),
    choosePassword: choosePassword({ passwords, policy, pwned }),
    requireFresh: requireFresh({ db, withinMs, now }),
    transact: unitOfWork({ db, announceEnds: announce, outbox, now, log }),
    registrationOpen: env.REGISTRATION === 'open',
    verificationRequired: env.EMAIL_VERIFICATION === 'required',
    frontendUrl: env.FRONTEND_URL ?? env.PUBLIC_URL,
    mailer: env.SMTP_HOST ? createSmtpMailer(smtpOf(env, env.SMTP_HOST)) : createLogMailer(log),
  }
  const withSessions = { ...deps, openSession: openSession(deps), checkFactor: checkFactor(deps) }

  const usecases = {
    now,
    register: register(withSessions),
    login: login(withSessions),
    refreshSession: refreshSession(deps),
    reauthenticate: reauthenticate(withSessions),
    requireFresh: deps.requireFresh,
    logout: logout(deps),
    logoutEverywhere: logoutEverywhere(deps),
    endSession: endSession(deps),
    clearCookie: () => deps.cookies.clearRefresh(),
    deviceCookie: (header: string | undefined) => deps.cookies.readDevice(header),
    changePassword: changePassword(deps),
    resetPassword: resetPassword(deps),
    requestLink: requestLink(deps),
    verifyEmail: verifyEmail(deps),
    requestEmailChange: requestEmailChange(deps),
    confirmEmailChange: confirmEmailChange(deps),
    verifyTwoFactor: verifyTwoFactor(withSessions),
    beginTotpSetup: beginTotpSetup(deps),
    confirmTotpSetup: confirmTotpSetup(deps),
    disableTotp: disableTotp(withSessions),
    regenerateBackupCodes: regenerateBackupCodes(deps),
    createApiToken: createApiToken(deps),
    revokeApiToken: revokeApiToken(deps),
  }

  const deliver = deliverMail(deps)
  const fulfil = fulfilLink(deps)
  const sweep = sweepAccounts(deps)
  const jobs: JobDoor[] = [
    handle(sendMailJob, (mail, context) => deliver(mail, context.log)),
    handle(requestLinkJob, fulfil),
    handle(announceEndsJob, ({ ids }) => announce(ids)),
    handle(maintainAccountsJob, async (_payload, { signal }) => {
      await keys.rotate()
      await sweep(signal)
    }),
  ]
  return {
    usecases,
    jobs,
    keys,
    passwords,
    transact: deps.transact,
    lookUpApiToken: lookUpApiToken(deps),
    close: () => deps.mailer.close(),
  }
}

const smtpOf = (env: IdentityEnv, host: string) => ({
  host,
  port: env.SMTP_PORT,
  user: env.SMTP_USER,
  password: env.SMTP_PASSWORD,
  from: env.SMTP_FROM,
  tls: env.SMTP_TLS,
})
