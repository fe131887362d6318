import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestAccounts, START, type TestAccounts } from './support/accounts.ts'

const DAY = 86_400_000
let at: TestAccounts
beforeAll(async () => {
  at = await openTestAccounts()
})
afterAll(() => at?.close())

/** The hourly job. */
async function maintain(signal = new AbortController().signal): Promise<void> {
  const door = at.accounts.jobs.find(({ job }) => job.name === 'maintain-accounts')!
  await door.run({}, { signal } as never)
}

test('what ended long ago is forgotten, however much of it, and nothing else', async () => {
  const { viewer, device, user } = await at.person()
  await at.createApiToken({ name: 'T', scopes: ['documents:read'], expiresAt: new Date(START + DAY) }, viewer, device)
  const { userId } = viewer
  const expired = { expiresAt: new Date(START + DAY) }
  await at.db.challenge.createMany({
    data: Array.from({ length: 2500 }, () => ({ id: randomUUID(), userId, ...expired })),
  })
  const session = { userId, salt: randomBytes(16), userAgent: '', ip: '' }
  const open = await at.db.session.create({ data: { ...session, expiresAt: new Date(START + 400 * DAY) } })
  const ended = await at.db.session.create({
    data: { ...session, expiresAt: new Date(START + 400 * DAY), endedAt: new Date(START) },
  })
  const left = async () => ({
    sessions: (await at.db.session.findMany({ where: { userId }, select: { id: true } })).map(({ id }) => id),
    challenges: await at.db.challenge.count(),
    links: await at.db.mailLink.count(),
    tokens: await at.db.apiToken.count(),
    devices: await at.db.device.count(),
  })

  await maintain()
  expect(await left()).toMatchObject({ challenges: 2500, links: 1, tokens: 1, devices: 1 })

  at.clock.now = START + 3 * DAY
  await maintain()
  expect(await left()).toMatchObject({ challenges: 0, links: 1, tokens: 1 })

  at.clock.now = START + 130 * DAY
  await maintain()
  const then = await left()
  expect(then).toMatchObject({ links: 0, tokens: 0, devices: 1 })
  expect(then.sessions).toEqual([open.id])
  expect(then.sessions).not.toContain(ended.id)

  at.clock.now = START + 401 * DAY
  await maintain()
  expect(await left()).toMatchObject({ devices: 0 })
  expect(await at.db.user.count({ where: { id: user.id } })).toBe(1)
})

test('it stops when it is told to', async () => {
  await expect(maintain(AbortSignal.abort(new Error('shutting down')))).rejects.toThrow('shutting down')
})
