import { TOTP } from 'otpauth'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Device } from '../src/sessions/device.ts'
import { TwoFactorRequired } from '../src/sessions/session.errors.ts'
import { CHALLENGE_MS, GUESS_WINDOW_MS, MAX_GUESSES } from '../src/two-factor/two-factor.ts'
import { cookieHeader, device, openTestAccounts, outcome, PASSWORD, type TestAccounts } from './support/accounts.ts'

let at: TestAccounts
beforeAll(async () => {
  at = await openTestAccounts({ STEP_UP_MINUTES: '15' })
})
afterAll(() => at?.close())
beforeEach(async () => {
  at.clock.now += 86_400_000
  await at.forget()
})

const codeAt = (secret: string, offsetSeconds = 0) =>
  new TOTP({ secret }).generate({ timestamp: at.clock.now + offsetSeconds * 1000 })

/** A person with two-factor sign-in, a step after it was turned on. */
async function protectedPerson() {
  const person = await at.person()
  const { secret } = await at.beginTotpSetup(person.viewer)
  const backupCodes = await at.confirmTotpSetup(codeAt(secret), person.viewer, person.device)
  at.clock.now += 30_000
  return { ...person, secret, backupCodes }
}

async function challenge(email: string, on: Device = device()): Promise<string> {
  const thrown = await at.login({ email, password: PASSWORD }, on).catch((error: unknown) => error)
  if (!(thrown instanceof TwoFactorRequired)) throw thrown
  return thrown.challengeId
}
const tally = (results: readonly string[]) =>
  Object.fromEntries(
    Map.groupBy(results, (name) => name)
      .entries()
      .map(([name, all]) => [name, all.length]),
  )

describe('two-factor sign-in', () => {
  test('row 21: a code works once, also when it comes fifty times at once', async () => {
    const { email, secret, viewer } = await protectedPerson()
    const challengeId = await challenge(email)
    const code = codeAt(secret)
    const results = await Promise.all(
      Array.from({ length: 50 }, () => outcome(at.verifyTwoFactor({ challengeId, code }, device()))),
    )
    expect(tally(results).ok).toBe(1)
    expect(await at.db.session.count({ where: { userId: viewer.userId, endedAt: null } })).toBe(2)
    at.clock.now += GUESS_WINDOW_MS
    const other = await challenge(email)
    at.clock.now -= GUESS_WINDOW_MS
    expect(
      await outcome(at.verifyTwoFactor({ challengeId: other, code }, device())),
      'nor for another sign-in',
    ).not.toBe('ok')
  })

  test('row 21: a code of the step before is refused after one of the step now', async () => {
    const { email, secret } = await protectedPerson()
    const [first, second] = [await challenge(email), await challenge(email)]
    const before = codeAt(secret, -30)
    expect(await outcome(at.verifyTwoFactor({ challengeId: first, code: codeAt(secret) }, device()))).toBe('ok')
    expect(await outcome(at.verifyTwoFactor({ challengeId: second, code: before }, device()))).toBe('InvalidCodeError')
  })

  test('codes of 90 seconds are taken, and no others', async () => {
    for (const [offset, expected] of [
      [-60, 'InvalidCodeError'],
      [-30, 'ok'],
      [30, 'ok'],
      [60, 'InvalidCodeError'],
    ] as const) {
      const { email, secret } = await protectedPerson()
      at.clock.now += 60_000
      const challengeId = await challenge(email)
      expect(await outcome(at.verifyTwoFactor({ challengeId, code: codeAt(secret, offset) }, device()))).toBe(expected)
    }
  })

  test('row 22: of a hundred wrong codes at once at most the cap is judged, over all challenges and factors', async () => {
    const { email, secret, device: own } = await protectedPerson()
    const challenges = await Promise.all(Array.from({ length: 5 }, () => challenge(email, own)))
    const results = await Promise.all(
      Array.from({ length: 100 }, (_, index) => {
        const code = index % 2 ? '000000' : 'aaaaa-aaaaa'
        return outcome(at.verifyTwoFactor({ challengeId: challenges[index % 5]!, code }, device()))
      }),
    )
    expect(tally(results)).toEqual({ InvalidCodeError: MAX_GUESSES, RateLimitedError: 100 - MAX_GUESSES })
    const failed = (await at.events()).filter((event) => event.type === 'identity.two-factor.failed')
    expect(failed).toHaveLength(MAX_GUESSES)
    expect(failed.filter((event) => event.details.capReached)).toHaveLength(1)
    const late = await challenge(email, own)
    expect(
      await outcome(at.verifyTwoFactor({ challengeId: late, code: codeAt(secret) }, device())),
      'a new challenge',
    ).toBe('RateLimitedError')
    expect(await outcome(at.verifyTwoFactor({ challengeId: late, code: codeAt(secret) }, own)), 'a known device').toBe(
      'ok',
    )
    at.clock.now += GUESS_WINDOW_MS
    const next = await challenge(email, own)
    expect(await outcome(at.verifyTwoFactor({ challengeId: next, code: codeAt(secret) }, device()))).toBe('ok')
  })

  test('row 22: a fault of ours costs no guess', async () => {
    const { email, user } = await protectedPerson()
    const challengeId = await challenge(email)
    const { secret } = await at.db.totp.findUniqueOrThrow({ where: { userId: user.id } })
    await at.db.totp.update({ where: { userId: user.id }, data: { secret: Buffer.from('not sealed') } })
    for (let round = 0; round < 10; round++)
      expect(await outcome(at.verifyTwoFactor({ challengeId, code: '123456' }, device()))).toBe('CannotOpenError')
    await at.db.totp.update({ where: { userId: user.id }, data: { secret } })
    expect(await outcome(at.verifyTwoFactor({ challengeId, code: '123456' }, device()))).toBe('InvalidCodeError')
  })

  test('row 23: the password alone gives no session and no cookie; the challenge is for once, and for five minutes', async () => {
    const { email, secret, viewer } = await protectedPerson()
    const before = await at.db.session.count({ where: { userId: viewer.userId } })
    const thrown = await at.login({ email, password: PASSWORD }, device()).catch((error: unknown) => error)
    expect(Object.keys(thrown as object)).toEqual(['challengeId'])
    expect(await at.db.session.count({ where: { userId: viewer.userId } })).toBe(before)
    const { challengeId } = thrown as TwoFactorRequired
    expect(await outcome(at.refreshSession(`__Host-archivolt_refresh=${challengeId}`, device()))).toBe(
      'SessionEndedError',
    )
    at.clock.now += CHALLENGE_MS
    expect(await outcome(at.verifyTwoFactor({ challengeId, code: codeAt(secret) }, device()))).toBe(
      'ChallengeExpiredError',
    )
    const second = await challenge(email)
    expect(await outcome(at.verifyTwoFactor({ challengeId: second, code: codeAt(secret) }, device()))).toBe('ok')
    at.clock.now += 30_000
    expect(await outcome(at.verifyTwoFactor({ challengeId: second, code: codeAt(secret) }, device()))).toBe(
      'ChallengeExpiredError',
    )
    for (const made of ['', 'x', '00000000-0000-4000-8000-000000000000', "' OR 1=1"])
      expect(await outcome(at.verifyTwoFactor({ challengeId: made, code: '123456' }, device()))).toBe(
        'ChallengeExpiredError',
      )
  })

  test('row 24: ten backup codes, kept as hashes, each for once, also at once', async () => {
    const { email, backupCodes, viewer, device: own } = await protectedPerson()
    expect(new Set(backupCodes).size).toBe(10)
    const everything = JSON.stringify(await at.database.asSuperuser('SELECT * FROM backup_codes, totp'))
    for (const code of backupCodes) expect(everything).not.toContain(code)
    const [one, two] = [await challenge(email), await challenge(email)]
    const code = backupCodes[0]!
    const results = await Promise.all(
      [one, two].map((challengeId) => outcome(at.verifyTwoFactor({ challengeId, code }, device()))),
    )
    expect(results.toSorted()).toEqual(['InvalidCodeError', 'ok'])
    const typed = await challenge(email)
    expect(
      await outcome(
        at.verifyTwoFactor(
          { challengeId: typed, code: ` ${backupCodes[1]!.toUpperCase().replace('-', ' ')} ` },
          device(),
        ),
      ),
    ).toBe('ok')

    const renewed = await at.regenerateBackupCodes(viewer, own)
    const three = await challenge(email)
    expect(
      await outcome(at.verifyTwoFactor({ challengeId: three, code: backupCodes[2]! }, device())),
      'the old set',
    ).toBe('InvalidCodeError')
    expect(await outcome(at.verifyTwoFactor({ challengeId: three, code: renewed[0]! }, device()))).toBe('ok')
  })

  test('a right password opens the slow lane for whoever has the second factor', async () => {
    const { email, secret } = await protectedPerson()
    for (let round = 0; round < 30; round++) await at.login({ email, password: 'wrong' }, device()).catch(() => {})
    expect(await outcome(at.login({ email, password: 'wrong' }, device()))).toBe('RateLimitedError')
    const challengeId = await challenge(email)
    expect(await outcome(at.verifyTwoFactor({ challengeId, code: codeAt(secret) }, device()))).toBe('ok')
  })

  test('the secret is sealed to its person', async () => {
    const [ada, bob] = [await protectedPerson(), await protectedPerson()]
    const { secret } = await at.db.totp.findUniqueOrThrow({ where: { userId: ada.user.id } })
    expect(Buffer.from(secret).toString('latin1')).not.toContain(ada.secret)
    await at.db.totp.update({ where: { userId: bob.user.id }, data: { secret } })
    const challengeId = await challenge(bob.email)
    expect(await outcome(at.verifyTwoFactor({ challengeId, code: codeAt(ada.secret) }, device()))).toBe(
      'CannotOpenError',
    )
  })

  test('is turned off with both factors, and says so by mail', async () => {
    const { email, secret, viewer, device: own } = await protectedPerson()
    const off = (password: string, code: string) => outcome(at.disableTotp({ password, code }, viewer, own))
    expect(await off('wrong', codeAt(secret))).toBe('InvalidCredentialsError')
    expect(await off(PASSWORD, '000000')).toBe('InvalidCodeError')
    expect(await off(PASSWORD, codeAt(secret))).toBe('ok')
    expect(await outcome(at.login({ email, password: PASSWORD }, device()))).toBe('ok')
    expect(await off(PASSWORD, codeAt(secret))).toBe('TwoFactorStateError')
    expect((await at.mails()).map((mail) => mail.template).slice(1)).toEqual([
      'two-factor-on',
      'two-factor-off',
      'new-device',
    ])
  })

  test('a password that was short beside it has to be changed before it is turned off', async () => {
    const { secret, viewer, device: own } = await protectedPerson()
    const change = { currentPassword: PASSWORD, newPassword: 'Shorter-1' }
    expect(await outcome(at.changePassword(change, viewer, own))).toBe('ok')
    expect(await outcome(at.disableTotp({ password: 'Shorter-1', code: codeAt(secret) }, viewer, own))).toBe(
      'InvalidInputError',
    )
  })

  test('cannot be set up over one that is on, and a wrong code turns nothing on', async () => {
    const { viewer } = await protectedPerson()
    expect(await outcome(at.beginTotpSetup(viewer))).toBe('TwoFactorStateError')
    const bob = await at.person()
    expect(await outcome(at.confirmTotpSetup('000000', bob.viewer, bob.device))).toBe('TwoFactorStateError')
    await at.beginTotpSetup(bob.viewer)
    expect(await outcome(at.confirmTotpSetup('000000', bob.viewer, bob.device))).toBe('InvalidCodeError')
    expect(await outcome(at.login(bob, bob.device))).toBe('ok')
  })

  test('setting it up twice at once leaves one secret, which the app of one knows', async () => {
    const { viewer, device: own } = await at.person()
    const setups = await Promise.all([at.beginTotpSetup(viewer), at.beginTotpSetup(viewer)])
    const results = await Promise.all(
      setups.map(({ secret }) => outcome(at.confirmTotpSetup(codeAt(secret), viewer, own))),
    )
    expect(results.filter((result) => result === 'ok')).toHaveLength(1)
    expect(await at.db.backupCode.count({ where: { userId: viewer.userId } })).toBe(10)
  })
})

describe('row 26: sensitive changes', () => {
  test('need a fresh proof of who is there, of every factor', async () => {
    const { viewer, device: own, secret, opened } = await protectedPerson()
    const changes = {
      password: () =>
        at.changePassword({ currentPassword: PASSWORD, newPassword: 'Quite-another-phrase' }, viewer, own),
      email: () => at.requestEmailChange('other@example.org', viewer, own),
      codes: () => at.regenerateBackupCodes(viewer, own),
      setup: () => at.beginTotpSetup(viewer),
      token: () => at.createApiToken({ name: 'x', scopes: ['documents:read'] }, viewer, own),
    }
    at.clock.now += 15 * 60_000
    for (const change of Object.values(changes)) expect(await outcome(change())).toBe('StepUpRequiredError')
    await at.refreshSession(cookieHeader(...opened.cookies), own)
    expect(await outcome(changes.token()), 'a refresh proves nothing').toBe('StepUpRequiredError')

    const again = (password: string, code?: string) => outcome(at.reauthenticate({ password, code }, viewer, own))
    expect(await again('wrong', codeAt(secret))).toBe('InvalidCredentialsError')
    expect(await again(PASSWORD)).toBe('InvalidCodeError')
    expect(await outcome(changes.token())).toBe('StepUpRequiredError')
    expect(await again(PASSWORD, codeAt(secret))).toBe('ok')
    expect(await outcome(changes.token())).toBe('ok')
    expect(await outcome(changes.email())).toBe('ok')
  })

  test('guessing at it is bounded for each session', async () => {
    const { viewer, device: own } = await at.person()
    const results = await Promise.all(
      Array.from({ length: 15 }, () => outcome(at.reauthenticate({ password: 'wrong' }, viewer, own))),
    )
    expect(tally(results)).toEqual({ InvalidCredentialsError: 10, RateLimitedError: 5 })
  })
})
