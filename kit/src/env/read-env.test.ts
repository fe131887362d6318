import { expect, test } from 'vitest'
import { z } from 'zod'
import { commonEnv, perService } from './common.ts'
import { type EnvironmentError, readEnv } from './read-env.ts'

test('every fault is named at once, and no value is repeated', () => {
  const shape = { ...commonEnv, PORT: z.coerce.number().int(), MAIL: z.email() }
  try {
    readEnv(shape, { SECRET_KEY: 'too-short-but-secret', PORT: 'abc', MAIL: '', REDIS_URL: 'http://x' })
    expect.unreachable()
  } catch (error) {
    const { problems, message } = error as EnvironmentError
    expect(problems.map((problem) => problem.split(/[: ]/)[0]).toSorted()).toEqual([
      'MAIL',
      'PORT',
      'REDIS_URL',
      'SECRET_KEY',
    ])
    expect(message).toContain('MAIL is missing')
    expect(message).not.toContain('too-short-but-secret')
  }
})

test('what is read is frozen, and an empty value is an absent one', () => {
  const env = readEnv({ PORT: z.coerce.number().default(4000) }, { PORT: '' })
  expect(env).toEqual({ PORT: 4000 })
  expect(Object.isFrozen(env)).toBe(true)
})

test("a service's own variable stands in for the common one", () => {
  expect(perService('storage', { DATABASE_URL: 'a', STORAGE_DATABASE_URL: 'b', AI_DATABASE_URL: 'c' })).toMatchObject({
    DATABASE_URL: 'b',
  })
})
