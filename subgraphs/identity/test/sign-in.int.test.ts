import { randomUUID } from 'node:crypto'
import { RateLimitedError } from '@archivolt/kit/errors/domain-error'
import { hash } from '@node-rs/argon2'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ABSOLUTE_MS, IDLE_MS, REFRESH_GRACE_MS } from '../src/sessions/session.ts'
import {
  CHROME,
  cookieHeader,
  device,
  openTestAccounts,
  outcome,
  PASSWORD,
  type TestAccounts,
  viewerOf,
} from './support/accounts.ts'

const DAY = 86_400_000
let at: TestAccounts
beforeAll(async () => {
  at = await openTestAccounts()
})
afterAll(() => at?.close())
beforeEach(() => at.forget())

describe('refreshing', () => {
  const refresh = async (cookies: readonly string[], on = device()) => {
    const opened = await at.refreshSession(cookieHeader(...cookies), on)
    return opened.cookies
  }

  test('rows 2 and 3: fifty at once with one cookie get one successor, and so does a retry within the grace', async () => {
    const { opened, viewer } = await at.person()
    const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(opened.cookies)))
    expect(new Set(answers.map((cookies) => cookies[0])).size).toBe(1)
    at.clock.now += REFRESH_GRACE_MS
    expect(await refresh(opened.cookies), 'the answer was lost on its way').toEqual(answers[0])
    expect(await at.db.session.count({ where: { userId: viewer.userId, endedAt: null } })).toBe(1)
    at.clock.now += 1
    expect(await outcome(refresh(opened.cookies))).toBe('SessionEndedError')
  })

  test('row 1: a token used again later ends the family at once, with one mail and one line in the log', async () => {
    const { opened, viewer } = await at.person()
    const first = await refresh(opened.cookies)
    at.clock.now += REFRESH_GRACE_MS + 1
    const second = await refresh(first)
    await at.forget()
    expect(await Promise.all(Array.from({ length: 5 }, () => outcome(refresh(opened.cookies))))).toEqual(
      Array(5).fill('SessionEndedError'),
    )
    expect(await outcome(refresh(second)), 'the newest is dead too').toBe('SessionEndedError')
    expect(at.revoked).toContain(`session:${viewer.sessionId}`)
    expect(at.told).toContain(`sessions ${viewer.sessionId}`)
    expect((await at.events()).map((event) => event.type)).toEqual(['identity.session.token-reused'])
    expect(await at.mails()).toMatchObject([{ userId: viewer.userId, template: 'refresh-reuse' }])
  })

  test('row 4: the grace covers the immediate parent alone', async () => {
    const { opened } = await at.person()
    await refresh(await refresh(opened.cookies))
    expect(await outcome(refresh(opened.cookies))).toBe('SessionEndedError')
  })

  test('row 5: the grace does not slide', async () => {
    const { opened } = await at.person()
    await refresh(opened.cookies)
    for (let second = 0; second < 10; second++) {
      at.clock.now += 1000
      expect(await outcome(refresh(opened.cookies))).toBe('ok')
    }
    at.clock.now += 1000
    expect(await outcome(refresh(opened.cookies))).toBe('SessionEndedError')
  })

  test('row 6: a session ends after thirty days without use, and after half a year of daily use', async () => {
    const idle = await at.person()
    at.clock.now += IDLE_MS
    expect(await outcome(refresh(idle.opened.cookies))).toBe('SessionEndedError')
    const daily = await at.person()
    const opened = at.clock.now
    let cookies: readonly string[] = daily.opened.cookies
    while (at.clock.now + DAY < opened + ABSOLUTE_MS) {
      at.clock.now += DAY
      cookies = await refresh(cookies)
    }
    at.clock.now += DAY
    expect(await outcome(refresh(cookies))).toBe('SessionEndedError')
  })

  test('row 12: another browser gets a token of its own and one line in the log; an update goes unnoticed', async () => {
    const { opened, device: laptop } = await at.person()
    const fingerprint = (token: string) => decodeJwt(token).fgp
    const before = fingerprint(opened.accessToken)
    const updated = { ...laptop, userAgent: CHROME.replace('140', '141') }
    const same = await at.refreshSession(cookieHeader(...opened.cookies), updated)
    expect(fingerprint(same.accessToken)).toBe(before)
    await at.forget()
    const phone = { ...laptop, userAgent: CHROME.replace('Windows NT 10.0; Win64; x64', 'Linux; Android 15') }
    const changed = await Promise.all(
      Array.from({ length: 5 }, () => at.refreshSession(cookieHeader(...same.cookies), phone)),
    )
    expect(changed.every((each) => fingerprint(each.accessToken) !== before)).toBe(true)
    expect((await at.events()).map((event) => [event.type, event.details.to])).toEqual([
      ['identity.session.client-changed', 'Chrome on Android'],
    ])
  })

  test('a deactivated person refreshes no more', async () => {
    const { opened, user } = await at.person()
    await at.db.user.update({ where: { id: user.id }, data: { active: false } })
    expect(await outcome(refresh(opened.cookies))).toBe('SessionEndedError')
  })
})

describe('sessions of one person', () => {
  test('end one by one, and never those of another', async () => {
    const ada = await at.person()
    const bob = await at.person()
    const second = viewerOf(await at.login(ada, device()))
    expect(await outcome(at.endSession(second.sessionId, bob.viewer, bob.device))).toBe('NotFoundError')
    await at.endSession(second.sessionId, ada.viewer, ada.device)
    expect(at.revoked).toContain(`session:${second.sessionId}`)
    expect(at.revoked).not.toContain(`session:${ada.viewer.sessionId}`)
  })

  test('end all together, this one too', async () => {
    const ada = await at.person()
    const others = [await at.login(ada, device()), await at.login(ada, device())].map(viewerOf)
    expect(await at.logoutEverywhere(ada.viewer, ada.device)).toBe(3)
    for (const { sessionId } of [ada.viewer, ...others]) expect(at.revoked).toContain(`session:${sessionId}`)
    expect(await outcome(at.refreshSession(cookieHeader(...ada.opened.cookies), ada.device))).toBe('SessionEndedError')
  })

  test('that end while the shared state is away are announced by a job, when it is back', async () => {
    const { viewer, device: on } = await at.person()
    at.outage.away = true
    await at.logoutEverywhere(viewer, on)
    expect(await at.db.session.count({ where: { userId: viewer.userId, endedAt: null } })).toBe(0)
    expect(at.revoked).not.toContain(`session:${viewer.sessionId}`)
    at.outage.away = false
    await at.run('announce-ends')
    expect(at.revoked).toContain(`session:${viewer.sessionId}`)
  })

  test('a sign-in on a new device sends a mail, one on a known device does not', async () => {
    const ada = await at.person()
    await at.forget()
    await at.login(ada, ada.device)
    expect(await at.mails()).toEqual([])
    await at.login(ada, device())
    expect(await at.mails()).toMatchObject([{ template: 'new-device', values: { device: 'Chrome on Windows' } }])
  })
})

describe('passwords at the door', () => {
  const wrong = 'Not-the-right-passphrase'

  test('row 20: Argon2id with the parameters of today, and kept anew at the sign-in after they changed', async () => {
    const { user, email } = await at.person()
    const stored = async () => (await at.db.user.findUniqueOrThrow({ where: { id: user.id } })).passwordHash
    expect(await stored()).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    const weak = await hash(PASSWORD, { algorithm: 2, memoryCost: 4096, timeCost: 1, parallelism: 1 })
    await at.db.user.update({ where: { id: user.id }, data: { passwordHash: weak } })
    expect(await outcome(at.login({ email, password: wrong }, device()))).toBe('InvalidCredentialsError')
    expect(await stored()).toBe(weak)
    await at.login({ email, password: PASSWORD }, device())
    expect(await stored()).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect(await outcome(at.login({ email, password: PASSWORD }, device()))).toBe('ok')
  })

  test('row 17: an unknown address, a wrong password and a deactivated account are one answer, and the same work', async () => {
    const ada = await at.person()
    const gone = await at.person()
    await at.db.user.update({ where: { id: gone.user.id }, data: { active: false } })
    await at.forget()
    const answers = []
    for (const input of [
      { email: ada.email, password: wrong },
      { email: gone.email, password: PASSWORD },
      { email: 'nobody@example.org', password: wrong },
    ])
      answers.push(await at.login(input, device()).catch((error: Error) => ({ ...error, message: error.message })))
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect((await at.events()).map((event) => event.type)).toEqual(Array(3).fill('identity.login.failed'))
    expect(JSON.stringify(await at.events())).not.toContain('nobody@')
  })

  test('row 17: time tells nothing of an account', { retry: 2, timeout: 120_000 }, async () => {
    const { email } = await at.person()
    const known: number[] = []
    const unknown: number[] = []
    const measure = async (address: string, samples: number[]) => {
      const from = performance.now()
      await at.login({ email: address, password: wrong }, device()).catch(() => {})
      samples.push(performance.now() - from)
    }
    for (let round = 0; round < 250; round++) {
      // A window of its own for each round, so that no limit answers in place of the hash.
      at.clock.now += 16 * 60_000
      const turn = round % 2 ? () => measure(email, known) : () => measure(`${randomUUID()}@example.org`, unknown)
      const other = round % 2 ? () => measure(`${randomUUID()}@example.org`, unknown) : () => measure(email, known)
      await turn()
      await other()
    }
    // One run in a hundred is worse by chance alone.
    expect(mannWhitney(known, unknown)).toBeGreaterThan(0.01)
  })

  test('row 28: the limit is per account, whatever the case, the spaces or the network', async () => {
    const { email } = await at.person()
    const spellings = [email, email.toUpperCase(), ` ${email} `, email.replace('example', 'EXAMPLE')]
    const results = []
    for (let round = 0; round < 30; round++)
      results.push(await outcome(at.login({ email: spellings[round % 4]!, password: wrong }, device())))
    expect(results.filter((name) => name === 'InvalidCredentialsError')).toHaveLength(10)
    expect(results.filter((name) => name === 'RateLimitedError')).toHaveLength(20)
  })

  test('row 28: one network may try many accounts only so often', async () => {
    const one = device()
    const results = await Promise.all(
      Array.from({ length: 310 }, (_, index) =>
        outcome(at.login({ email: `guess-${index}@example.org`, password: wrong }, { ...one, requestId: 'r' })),
      ),
    )
    expect(results.filter((name) => name === 'RateLimitedError').length).toBeGreaterThanOrEqual(10)
    expect(await outcome(at.login({ email: 'someone@example.org', password: wrong }, device()))).toBe(
      'InvalidCredentialsError',
    )
  }, 60_000)

  test('row 28: strangers cannot lock a person out of a known device, nor out of a reset', async () => {
    const ada = await at.person()
    for (let round = 0; round < 40; round++)
      await at.login({ email: ada.email, password: wrong }, device()).catch(() => {})
    expect(await outcome(at.login(ada, device())), 'a right password of a stranger tells nothing').toBe(
      'RateLimitedError',
    )
    expect(await outcome(at.login(ada, ada.device)), 'the device of the account').toBe('ok')
    const bob = await at.person()
    expect(await outcome(at.login(ada, { ...bob.device, ip: device().ip })), 'a device of another account').toBe(
      'RateLimitedError',
    )

    for (let round = 0; round < 40; round++)
      await at.login({ email: ada.email, password: wrong }, device()).catch(() => {})
    const elsewhere = device()
    await at.requestLink('RESET_PASSWORD', ada.email, elsewhere)
    await at.run('request-link')
    const password = 'Another-long-passphrase'
    const token = await at.tokenFor(ada.user.id, 'RESET_PASSWORD')
    await at.resetPassword({ token, password }, elsewhere)
    expect(await outcome(at.login({ email: ada.email, password }, elsewhere))).toBe('ok')
  }, 60_000)

  test('a stranger in the slow lane is answered alike for every account and every password', async () => {
    const { email } = await at.person()
    const answers = []
    for (const address of [email, 'no-such-person@example.org']) {
      for (let round = 0; round < 10; round++)
        await at.login({ email: address, password: wrong }, device()).catch(() => {})
      for (const password of [wrong, PASSWORD])
        answers.push(await at.login({ email: address, password }, device()).catch((error: RateLimitedError) => error))
    }
    expect(answers.every((answer) => answer instanceof RateLimitedError)).toBe(true)
    expect(new Set(answers.map((answer) => (answer as Error).message)).size).toBe(1)
  })
})

/** Two-sided p of the Mann-Whitney test, by its normal approximation. */
function mannWhitney(a: readonly number[], b: readonly number[]): number {
  const all = [...a.map((value) => ({ value, first: true })), ...b.map((value) => ({ value, first: false }))]
  all.sort((x, y) => x.value - y.value)
  const rankSum = all.reduce((sum, { first }, index) => (first ? sum + index + 1 : sum), 0)
  const u = rankSum - (a.length * (a.length + 1)) / 2
  const mean = (a.length * b.length) / 2
  const deviation = Math.sqrt((a.length * b.length * (a.length + b.length + 1)) / 12)
  return erfc(Math.abs((u - mean) / deviation) / Math.SQRT2)
}

/** Abramowitz and Stegun, 7.1.26. */
function erfc(x: number): number {
  const t = 1 / (1 + 0.3275911 * x)
  const poly = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t
  return poly * Math.exp(-x * x)
}
