import { expect, test } from 'vitest'
import { browserOf, fingerprintOf, isFrom, primaryLanguage } from './fingerprint.ts'

const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'
const key = Buffer.alloc(32, 1)
const of = (userAgent: string, language = 'en') => fingerprintOf(key, { ip: '127.0.0.1', userAgent, language })

test.each([
  [CHROME, 'Chrome', 'Windows'],
  [`${CHROME} Edg/140.0.0.0`, 'Edge', 'Windows'],
  [`${CHROME} OPR/120.0`, 'Opera', 'Windows'],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox', 'Linux'],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1',
    'Safari',
    'iOS',
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15',
    'Safari',
    'macOS',
  ],
  [
    'Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36',
    'Chrome',
    'Android',
  ],
  ['curl/8.5.0', null, null],
  ['', null, null],
])('%s', (userAgent, family, platform) => expect(browserOf(userAgent)).toEqual({ family, platform }))

test.each([
  ['de-AT,de;q=0.9,en;q=0.8', 'de'],
  ['EN', 'en'],
  ['*', ''],
  ['', ''],
  [undefined, ''],
  ['zh-Hans-CN', 'zh'],
  ['"; drop', ''],
])('the primary language of %j is %j', (header, language) => expect(primaryLanguage(header)).toBe(language))

test('an update of the browser changes nothing, another browser, platform or language does', () => {
  expect(of(CHROME.replace('140', '141'))).toBe(of(CHROME))
  expect(of(`${CHROME} Edg/140.0`)).not.toBe(of(CHROME))
  expect(of(CHROME.replace('Windows NT 10.0; Win64; x64', 'X11; Linux x86_64'))).not.toBe(of(CHROME))
  expect(of(CHROME, 'fr')).not.toBe(of(CHROME))
  expect(fingerprintOf(Buffer.alloc(32, 2), { ip: '', userAgent: CHROME, language: 'en' })).not.toBe(of(CHROME))
})

test('programs share one fingerprint, whatever headers they send', () => {
  expect(of('node', '')).toBe(of('', ''))
  expect(of('python-requests/2.32', 'de')).toBe(of('curl/8.5.0'))
})

test('a token is taken from its own kind of browser, also when that names no language', () => {
  const client = (userAgent: string, language: string) => ({ ip: '', userAgent, language })
  const fingerprint = of(CHROME, 'de')
  expect(isFrom(key, fingerprint, client(CHROME, 'de'))).toBe(true)
  expect(isFrom(key, fingerprint, client(CHROME, '')), 'a WebSocket').toBe(true)
  expect(isFrom(key, fingerprint, client(CHROME, 'fr'))).toBe(false)
  expect(isFrom(key, fingerprint, client(`${CHROME} Edg/140.0`, ''))).toBe(false)
  expect(isFrom(key, fingerprint, client('curl/8.5.0', ''))).toBe(false)
  expect(isFrom(key, of('node', ''), client('', ''))).toBe(true)
  expect(isFrom(key, of('node', ''), client(CHROME, ''))).toBe(false)
})
