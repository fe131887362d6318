import { expect, test } from 'vitest'
import { hashApiToken, isApiToken, mintApiToken } from './api-token.ts'

test('a token can be told from any other text, and every slip in it is seen', () => {
  const tokens = Array.from({ length: 200 }, mintApiToken)
  expect(new Set(tokens).size).toBe(200)
  for (const token of tokens) {
    expect(token).toMatch(/^avt_[0-9A-Za-z]{36}$/)
    expect(isApiToken(token)).toBe(true)
    expect(hashApiToken(token)).toMatch(/^[0-9a-f]{64}$/)
    for (let at = 4; at < token.length; at++) {
      const slip = token.slice(0, at) + (token[at] === 'a' ? 'b' : 'a') + token.slice(at + 1)
      expect(hashApiToken(slip)).toBeNull()
    }
  }
})

test.each(['', 'avt_', 'avt_short', `avt_${'a'.repeat(37)}`, `AVT_${'a'.repeat(36)}`, `avt_${'é'.repeat(36)}`])(
  '%j was never minted',
  (text) => expect(hashApiToken(text)).toBeNull(),
)
