import { expect, test } from 'vitest'
import { readIdentityEnv } from './env.ts'

const needed = { SECRET_KEY: 's'.repeat(40), DATABASE_URL: 'postgres://localhost/identity' }

test('without a word the policy is the one of the documentation', () => {
  expect(readIdentityEnv(needed)).toMatchObject({
    PASSWORD_MIN_LENGTH: 15,
    PASSWORD_MIN_LENGTH_WITH_2FA: 8,
    PASSWORD_REQUIRE: ['upper', 'special'],
    PASSWORD_FORBIDDEN_WORDS: ['test'],
    PWNED_PASSWORDS_URL: 'https://api.pwnedpasswords.com',
    EMAIL_VERIFICATION: 'optional',
    STEP_UP_MINUTES: 15,
    SMTP_PORT: 587,
    SMTP_TLS: 'auto',
  })
})

test('rules can be taken away and changed', () => {
  expect(
    readIdentityEnv({
      ...needed,
      PASSWORD_REQUIRE: 'none',
      PASSWORD_FORBIDDEN_WORDS: 'Acme, vault',
      PWNED_PASSWORDS_URL: 'off',
    }),
  ).toMatchObject({ PASSWORD_REQUIRE: [], PASSWORD_FORBIDDEN_WORDS: ['acme', 'vault'], PWNED_PASSWORDS_URL: null })
})

test.each([
  ['PASSWORD_REQUIRE', 'upper,runes'],
  ['PASSWORD_MIN_LENGTH', '4'],
  ['PWNED_PASSWORDS_URL', 'ftp://example.org'],
  ['SMTP_FROM', 'a@example.org\r\nBcc: b@example.org'],
  ['SMTP_FROM', 'nobody'],
  ['SMTP_TLS', 'maybe'],
  ['STEP_UP_MINUTES', '0'],
])('%s=%j stops the start', (name, value) => {
  expect(() => readIdentityEnv({ ...needed, [name]: value })).toThrow(name)
})
