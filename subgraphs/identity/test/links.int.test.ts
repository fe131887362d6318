import { randomUUID } from 'node:crypto'
import { TOTP } from 'otpauth'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  cookieHeader,
  device,
  openTestAccounts,
  outcome,
  PASSWORD,
  type TestAccounts,
  viewerOf,
} from './support/accounts.ts'

const OTHER = 'Quite-another-phrase'
const HOUR = 3_600_000
let at: TestAccounts
beforeAll(async () => {
  at = await openTestAccounts()
})
afterAll(() => at?.close())
beforeEach(async () => {
  at.clock.now += 86_400_000
  await at.forget()
})

async function askForReset(email: string) {
  await at.requestLink('RESET_PASSWORD', email, device())
  await at.run('request-link')
}
const reset = (token: string, password = OTHER) => outcome(at.resetPassword({ token, password }, device()))

describe('row 25: a link to reset the password', () => {
  test('works for an hour', async () => {
    for (const [age, expected] of [
      [HOUR - 1000, 'ok'],
      [HOUR + 1000, 'LinkExpiredError'],
    ] as const) {
      const { email, user } = await at.person()
      await askForReset(email)
      const token = await at.tokenFor(user.id, 'RESET_PASSWORD')
      at.clock.now += age
      expect(await reset(token)).toBe(expected)
    }
  })

  test('works once, also at once, and a newer one replaces it', async () => {
    const { email, user } = await at.person()
    await askForReset(email)
    const older = await at.tokenFor(user.id, 'RESET_PASSWORD')
    await askForReset(email)
    const newer = await at.tokenFor(user.id, 'RESET_PASSWORD')
    expect(await reset(older)).toBe('LinkExpiredError')
    const results = await Promise.all(Array.from({ length: 10 }, () => reset(newer)))
    expect(results.toSorted()).toEqual([...Array(9).fill('LinkExpiredError'), 'ok'])
  })

  test('is not used up by a password that is refused', async () => {
    const { email, user } = await at.person()
    await askForReset(email)
    const token = await at.tokenFor(user.id, 'RESET_PASSWORD')
    expect(await reset(token, 'short')).toBe('InvalidInputError')
    expect(await reset(token)).toBe('ok')
  })

  test('ends every session, signs nobody in, and asks for the second factor as ever', async () => {
    const { email, user, viewer, opened, device: own } = await at.person()
    const { secret } = await at.beginTotpSetup(viewer)
    await at.confirmTotpSetup(new TOTP({ secret }).generate({ timestamp: at.clock.now }), viewer, own)
    await askForReset(email)
    const cookies = await at.resetPassword(
      { token: await at.tokenFor(user.id, 'RESET_PASSWORD'), password: OTHER },
      device(),
    )
    expect(cookieHeader(...cookies)).not.toContain('refresh')
    expect(at.revoked).toContain(`session:${viewer.sessionId}`)
    expect(await outcome(at.refreshSession(cookieHeader(...opened.cookies), own))).toBe('SessionEndedError')
    expect(await outcome(at.login({ email, password: OTHER }, device()))).toBe('TwoFactorRequired')
  })

  test('stands nowhere but in the mail: not in the database, not in a queue', async () => {
    const { email, user } = await at.person()
    await askForReset(email)
    const token = await at.tokenFor(user.id, 'RESET_PASSWORD')
    const secretPart = token.split('.')[1]!
    const everything = await at.database.asSuperuser(
      'SELECT to_json(l) FROM mail_links l UNION ALL SELECT to_json(o) FROM outbox o',
    )
    expect(JSON.stringify(everything.rows)).not.toContain(secretPart)
    expect(JSON.stringify(everything.rows)).not.toContain(Buffer.from(secretPart, 'base64url').toString('hex'))
  })

  test('cannot be made from another link, another id or thin air', async () => {
    const { email, user } = await at.person()
    const verify = await at.tokenFor(user.id, 'VERIFY_EMAIL')
    await askForReset(email)
    const token = await at.tokenFor(user.id, 'RESET_PASSWORD')
    const [id, mac] = token.split('.') as [string, string]
    for (const forged of [verify, `${id}.${verify.split('.')[1]}`, `${randomUUID()}.${mac}`, `${id}.`, id, '', 'x.y'])
      expect(await reset(forged)).toBe('LinkExpiredError')
    expect(await reset(token)).toBe('ok')
  })

  test('row 17: asking for it is answered the same way for every address, before anything is looked up', async () => {
    const { email } = await at.person()
    await at.forget()
    for (const address of [email, 'nobody@example.org', 'gone@example.org'])
      expect(await outcome(at.requestLink('RESET_PASSWORD', address, device()))).toBe('ok')
    expect(await at.db.outbox.count({ where: { name: 'request-link' } })).toBe(3)
    expect(await at.mails()).toEqual([])
    await at.run('request-link')
    expect((await at.mails()).map((mail) => mail.template)).toEqual(['reset-password'])
  })

  test('is sent five times an hour at most, and the last one counts', async () => {
    const { email, user } = await at.person()
    await at.forget()
    for (let round = 0; round < 20; round++) await askForReset(email)
    expect(await at.mails()).toHaveLength(5)
    expect(await reset(await at.tokenFor(user.id, 'RESET_PASSWORD'))).toBe('ok')
  })
})

describe('changing the password', () => {
  test('ends the other sessions, keeps this one, tells by mail, and closes the door that a link had opened', async () => {
    const ada = await at.person()
    const other = viewerOf(await at.login(ada, device()))
    await askForReset(ada.email)
    const token = await at.tokenFor(ada.user.id, 'RESET_PASSWORD')
    await at.forget()
    const change = { currentPassword: PASSWORD, newPassword: OTHER }
    expect(await at.changePassword(change, ada.viewer, ada.device)).toEqual({ endedSessions: 1 })
    expect(at.revoked).toContain(`session:${other.sessionId}`)
    expect(at.revoked).not.toContain(`session:${ada.viewer.sessionId}`)
    expect((await at.mails()).map((mail) => mail.template)).toEqual(['password-changed'])
    expect((await at.events()).map((event) => event.type)).toEqual(['identity.password.changed'])
    expect(JSON.stringify([await at.events(), await at.mails()])).not.toContain(OTHER)
    expect(await reset(token, 'Yet-another-long-phrase')).toBe('LinkExpiredError')
    expect(await outcome(at.login({ email: ada.email, password: PASSWORD }, device()))).toBe('InvalidCredentialsError')
    expect(await outcome(at.login({ email: ada.email, password: OTHER }, device()))).toBe('ok')
  })

  test('needs the present one, a good one, and happens once of two at once', async () => {
    const { viewer, device: own, email } = await at.person({ email: `margarethe-${randomUUID()}@example.org` })
    const change = (currentPassword: string, newPassword: string) =>
      outcome(at.changePassword({ currentPassword, newPassword }, viewer, own))
    expect(await change('wrong', OTHER)).toBe('InvalidCredentialsError')
    expect(await change(PASSWORD, 'short')).toBe('InvalidInputError')
    expect(await change(PASSWORD, 'I-am-Margarethe-of-course'), 'a word of the address').toBe('InvalidInputError')
    const both = await Promise.all([
      change(PASSWORD, 'The-first-long-phrase'),
      change(PASSWORD, 'The-second-long-phrase'),
    ])
    expect(both.toSorted()).toEqual(['InvalidCredentialsError', 'ok'])
    expect(email).toContain('margarethe')
  })
})

describe('verifying an address', () => {
  test('takes the link of this address, once', async () => {
    const { user } = await at.person()
    const token = await at.tokenFor(user.id, 'VERIFY_EMAIL')
    const verify = () => outcome(at.verifyEmail(token, device()))
    expect([await verify(), await verify()]).toEqual(['ok', 'LinkExpiredError'])
    expect((await at.db.user.findUniqueOrThrow({ where: { id: user.id } })).emailVerifiedAt).not.toBeNull()
  })

  test('where it is required, nobody signs in before, and register answers alike for a new and a taken address', async () => {
    const strict = await openTestAccounts({ EMAIL_VERIFICATION: 'required' })
    try {
      const email = `${randomUUID()}@example.org`
      const input = { email, password: PASSWORD, name: 'Somebody Else' }
      const answer = () =>
        strict.register(input, device()).catch((error: Error) => ({ ...error, message: error.message }))
      const first = await answer()
      const second = await answer()
      expect(first).toEqual(second)
      expect(first).toMatchObject({ code: 'identity.email_not_verified' })
      const user = await strict.db.user.findUniqueOrThrow({ where: { email } })
      expect(await outcome(strict.login(input, device()))).toBe('EmailNotVerifiedError')
      expect(await outcome(strict.login({ email, password: 'wrong' }, device()))).toBe('InvalidCredentialsError')
      await strict.verifyEmail(await strict.tokenFor(user.id, 'VERIFY_EMAIL'), device())
      expect(await outcome(strict.login(input, device()))).toBe('ok')
      await strict.forget()
      expect(await answer()).toEqual(first)
      for (let round = 0; round < 5; round++) expect(await answer()).toEqual(first)
      const templates = (await strict.mails()).map((mail) => mail.template)
      expect(templates, 'nobody is flooded').toEqual(['account-exists'])
    } finally {
      await strict.close()
    }
  })
})

describe('changing the address', () => {
  const setUp = async () => {
    const ada = await at.person()
    const next = `${randomUUID()}@example.org`
    await at.forget()
    await at.requestEmailChange(next.toUpperCase(), ada.viewer, ada.device)
    const tokens = {
      old: await at.tokenFor(ada.user.id, 'CHANGE_EMAIL_OLD'),
      new: await at.tokenFor(ada.user.id, 'CHANGE_EMAIL_NEW'),
    }
    const emailNow = async () => (await at.db.user.findUniqueOrThrow({ where: { id: ada.user.id } })).email
    return { ...ada, next, tokens, emailNow }
  }

  test('needs both addresses, in any order, and tells both', async () => {
    for (const order of [
      ['old', 'new'],
      ['new', 'old'],
    ] as const) {
      const { email, next, tokens, emailNow } = await setUp()
      expect(await at.confirmEmailChange(tokens[order[0]], device())).toBe(false)
      expect(await emailNow()).toBe(email)
      expect(await outcome(at.confirmEmailChange(tokens[order[0]], device())), 'one of them twice').toBe(
        'LinkExpiredError',
      )
      await at.forget()
      expect(await at.confirmEmailChange(tokens[order[1]], device())).toBe(true)
      expect(await emailNow()).toBe(next)
      expect((await at.mails()).map((mail) => [mail.template, mail.to])).toEqual([
        ['email-changed', email],
        ['email-changed', next],
      ])
    }
  })

  test('both at once make it once', async () => {
    const { next, tokens, emailNow } = await setUp()
    const results = await Promise.all([tokens.old, tokens.new].map((token) => at.confirmEmailChange(token, device())))
    expect(results.toSorted()).toEqual([false, true])
    expect(await emailNow()).toBe(next)
  })

  test('halves of two wishes make none', async () => {
    const first = await setUp()
    await at.confirmEmailChange(first.tokens.old, device())
    at.clock.now += 1000
    await at.requestEmailChange(`${randomUUID()}@example.org`, first.viewer, first.device)
    expect(await at.confirmEmailChange(await at.tokenFor(first.user.id, 'CHANGE_EMAIL_NEW'), device())).toBe(false)
    expect(await first.emailNow()).toBe(first.email)
  })

  test('to an address that has an account is answered alike, and its owner is told', async () => {
    const [ada, bob] = [await at.person(), await at.person()]
    await at.forget()
    expect(await outcome(at.requestEmailChange(bob.email, ada.viewer, ada.device))).toBe('ok')
    expect((await at.mails()).map((mail) => [mail.template, mail.userId])).toEqual([
      ['change-email', ada.user.id],
      ['account-exists', bob.user.id],
    ])
  })

  test('closes reset links that went to the old address', async () => {
    const { email, user, tokens } = await setUp()
    await askForReset(email)
    const token = await at.tokenFor(user.id, 'RESET_PASSWORD')
    await at.confirmEmailChange(tokens.old, device())
    await at.confirmEmailChange(tokens.new, device())
    expect(await reset(token)).toBe('LinkExpiredError')
  })
})
