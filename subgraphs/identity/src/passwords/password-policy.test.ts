import { expect, test } from 'vitest'
import { checkLength, checkPassword, type PasswordPolicy } from './password-policy.ts'

const policy: PasswordPolicy = {
  minLength: 15,
  minLengthWithSecondFactor: 8,
  require: ['upper', 'special'],
  forbiddenWords: ['test'],
}
const plain: PasswordPolicy = { ...policy, require: [], forbiddenWords: [] }
const judge = (password: string, { by = policy, secondFactor = false, known = [] as string[] } = {}) => {
  try {
    return checkPassword(password, by, { field: 'password', secondFactor, known })
  } catch (error) {
    return (error as Error).message
  }
}
const REFUSED = /^(Choose|Add|Many)/

test('row 18: 15 characters where it is the only factor, 8 beside a second one, 128 at most', () => {
  expect(judge('Long-enough-15!')).toBe('Long-enough-15!')
  expect(judge('Long-enough-1!')).toMatch('at least 15')
  expect(judge('Xk-8pqmf', { secondFactor: true })).toBe('Xk-8pqmf')
  expect(judge('Xk-8pqm', { secondFactor: true })).toMatch('at least 8')
  const long = (length: number) => 'Xk-8pqmfzu'.repeat(13).slice(0, length)
  expect([judge(long(64)), judge(long(128))]).toEqual([long(64), long(128)])
  expect(judge(long(129))).toMatch('at most 128')
})

test('row 18: any Unicode, counted in characters, never cut, spaces kept', () => {
  const emoji = '🦊🐢🦉🐙🦀🐳🦔🐝🦋🐌🐞🦂🐡🦜Z'
  expect(judge(emoji)).toBe(emoji)
  expect(judge('  Leading and trailing  ')).toBe('  Leading and trailing  ')
  expect(judge('Zoë-Häßlich-Größe'.normalize('NFD'))).toBe('Zoë-Häßlich-Größe'.normalize('NFC'))
  expect(judge('正しい馬の電池ホチキスです、はい！')).not.toMatch(REFUSED)
  const seventyTwo = 'Xk-8pqmfzu'.repeat(7) + 'xy'
  expect(judge(`${seventyTwo}1`)).not.toBe(judge(`${seventyTwo}2`))
})

test('kinds of characters and forbidden words, as the operator says, all that is missing in one sentence', () => {
  expect(judge('nothing of the kind'.replaceAll(' ', 'x'))).toBe('Add an upper-case letter and a special character.')
  expect(judge('Contains-a-Test-word')).toMatch('“test”')
  expect(judge('nothing of the kind', { by: plain })).toBe('nothing of the kind')
  expect(judge('a contest of words', { by: plain })).toBe('a contest of words')
})

test('words that others know of the person are refused', () => {
  const known = ['ada.lovelace@example.org', 'Ada King']
  expect(judge('My-Lovelace-secret', { known })).toMatch('lovelace')
  expect(judge('Example-King-of-words', { known })).toMatch('king')
  expect(judge('Adam-and-the-others', { known }), 'three letters are part of too much').toBe('Adam-and-the-others')
})

test.each([
  'Password-12345678',
  'P@ssw0rdP@ssw0rd!',
  'Passwort1234567890!',
  'Qwertyuiopasdf-gh',
  '123456789012345-A',
  '!!Summer-Summer-2025',
  'Aaaaaaaaaaaaaaa!',
  'iloveyou-ILOVEYOU-iloveyou',
  '1qaz2wsx3edc4rfv-A',
  'Welcome!Welcome!Welcome!',
  'CorrectHorseBatteryStaple!',
])('%s is among what everybody tries', (password) => {
  expect(judge(password, { by: { ...plain, minLength: 8 } })).toMatch(/^Many/)
})

test.each([
  'Correct-Horse-Battery-9',
  'A-long-enough-password-1',
  'The-right-password-1',
  'My-garden-shed-is-green',
  'Summer-wind-and-winter-sun',
])('%s is not', (password) => expect(judge(password)).toBe(password))

test('the length can be judged alone, for what was chosen before', () => {
  expect(() => checkLength('Xk-8pqmf', policy, { field: 'password', secondFactor: false })).toThrow('at least 15')
  expect(checkLength('Xk-8pqmf', policy, { field: 'password', secondFactor: true })).toBe('Xk-8pqmf')
})
