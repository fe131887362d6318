import { expect, it } from 'vitest'
import { mailToken } from './mail-token.ts'

it('takes the secret of a link from behind the #', () => {
  expect(mailToken('#token=abc-_1')).toBe('abc-_1')
  expect(mailToken('#a=b&token=x')).toBe('x')
  expect([mailToken(''), mailToken('#'), mailToken('#token='), mailToken('#else')]).toEqual([null, null, null, null])
})
