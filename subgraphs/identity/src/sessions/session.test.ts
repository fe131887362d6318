import { expect, test } from 'vitest'
import { createSessionCookies } from './session-cookies.ts'
import {
  ABSOLUTE_MS,
  expiryFrom,
  IDLE_MS,
  judgeRefresh,
  parseRefreshToken,
  REFRESH_GRACE_MS,
  refreshToken,
  type PresentedToken,
} from './session.ts'

const key = Buffer.alloc(32, 7)
const start = Date.parse('2026-01-01T00:00:00Z')
const session = {
  id: '01890000-0000-7000-8000-000000000001',
  salt: new Uint8Array(16).fill(1),
  counter: 3,
  rotatedAt: new Date(start),
  createdAt: new Date(start),
  expiresAt: new Date(start + IDLE_MS),
  endedAt: null,
}
const token = (counter: number, by = key, of = session) =>
  parseRefreshToken(refreshToken(by, of, counter)) as PresentedToken
const judge = (presented: PresentedToken, now = start, change = {}) =>
  judgeRefresh(key, { ...session, ...change }, presented, now)

test('the present token rotates, its parent repeats within the grace, an older one is reuse', () => {
  expect(judge(token(3))).toBe('rotate')
  expect(judge(token(2))).toBe('repeat')
  expect(judge(token(1)), 'the grandparent, also within the grace').toBe('reuse')
  expect(judge(token(4)), 'a token that was never given').toBe('reuse')
})

test('the grace is counted from the rotation and does not slide', () => {
  expect(judge(token(2), start + REFRESH_GRACE_MS)).toBe('repeat')
  expect(judge(token(2), start + REFRESH_GRACE_MS + 1)).toBe('reuse')
})

test('ended and expired sessions refresh no more', () => {
  expect(judge(token(3), start, { endedAt: new Date(start) })).toBe('ended')
  expect(judge(token(3), start + IDLE_MS)).toBe('ended')
  expect(judge(token(3), start + IDLE_MS - 1)).toBe('rotate')
})

test('daily use prolongs a session, but not for ever', () => {
  let now = start
  let expiresAt = expiryFrom(start, now)
  while (expiresAt.getTime() > now + 86_400_000) {
    now += 86_400_000
    expiresAt = expiryFrom(start, now)
  }
  expect(expiresAt.getTime()).toBe(start + ABSOLUTE_MS)
})

test('a token of another key, session or form is forged', () => {
  expect(judge(token(3, Buffer.alloc(32, 8)))).toBe('forged')
  expect(judge({ ...token(3, key, { ...session, salt: new Uint8Array(16) }) })).toBe('forged')
  for (const text of ['', 'a.b.c', `${session.id}.3`, `${session.id}.3.short`, `${session.id}.-1.${'A'.repeat(43)}`]) {
    expect(parseRefreshToken(text), text).toBeNull()
  }
})

test('the cookies are as strict as the address allows', () => {
  const secure = createSessionCookies('https://vault.example')
  expect(secure.refresh('t')).toBe(
    '__Host-archivolt_refresh=t; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=2592000',
  )
  expect(secure.device('d')).toBe(
    '__Host-archivolt_device=d; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=34560000',
  )
  expect(createSessionCookies('http://localhost:4000').refresh('t')).toContain('__Host-')
  const plain = createSessionCookies('http://192.168.1.5:4000')
  expect(plain.refresh('t')).toBe('archivolt_refresh=t; Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000')
  expect(secure.readRefresh('a=b; __Host-archivolt_refresh=token; c=d')).toBe('token')
  expect(secure.readRefresh('archivolt_refresh=token'), 'the weaker name does not count').toBeNull()
  expect(secure.readDevice(`__Host-archivolt_device=${'A'.repeat(22)}`)).toBe('A'.repeat(22))
  expect(secure.readDevice('__Host-archivolt_device=made-up'), 'of a form that was never given').toBeNull()
  expect(secure.clearRefresh()).toContain('Max-Age=0')
})
