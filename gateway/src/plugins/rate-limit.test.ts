import { expect, it } from 'vitest'
import type { GatewayContext } from '../context.ts'
import { rateLimit } from './rate-limit.ts'

const context = (ip: string, userId?: string, token?: string) =>
  ({
    client: { ip, userAgent: '' },
    session: userId ? { viewer: { userId, sessionId: token, scopes: token ? ['documents:read'] : null } } : null,
  }) as GatewayContext

it('counts a person wherever they are, each of their tokens besides, and everybody else by network', async () => {
  const keys: string[] = []
  const plugin = rateLimit({
    limits: { consume: async (key) => (keys.push(key), { allowed: true, remaining: 1, retryAfterSeconds: 0 }) },
  })
  for (const asker of [
    context('192.0.2.1', 'u1'),
    context('192.0.2.9', 'u1'),
    context('192.0.2.1', 'u1', 't1'),
    context('192.0.2.1'),
    context('2001:db8:1:2::7'),
    context('2001:db8:1:2:ffff::1'),
  ]) {
    await plugin.admit!({ query: '' }, asker)
  }
  expect(keys).toEqual([
    'graphql:user:u1',
    'graphql:user:u1',
    'graphql:token:t1',
    'graphql:user:u1',
    'graphql:ip:192.0.2.1',
    'graphql:ip:2001:db8:1:2::/64',
    'graphql:ip:2001:db8:1:2::/64',
  ])
})

it('refuses with 429 and the seconds to wait', async () => {
  const plugin = rateLimit({
    limits: { consume: async () => ({ allowed: false, remaining: 0, retryAfterSeconds: 12 }) },
  })
  const refusal = await Promise.resolve(plugin.admit!({ query: '' }, context('192.0.2.1'))).catch(
    (error: unknown) => error,
  )
  expect(refusal).toMatchObject({ extensions: { code: 'RATE_LIMITED', http: { status: 429 } } })
  expect(
    (refusal as { extensions: { http: { headers: Map<string, string> } } }).extensions.http.headers.get('retry-after'),
  ).toBe('12')
})
