import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { clientInfo } from './client-info.ts'

const ask = (proxies: number, forwarded: string | undefined, remoteAddress = '10.0.0.1') =>
  clientInfo(
    { headers: { 'x-forwarded-for': forwarded }, socket: { remoteAddress } } as unknown as IncomingMessage,
    proxies,
  ).ip

describe('the address of a client', () => {
  it('is the one of the connection when no proxy is trusted', () => expect(ask(0, '1.1.1.1')).toBe('10.0.0.1'))
  it('is what the nearest proxy saw, whatever the client claimed before', () => {
    expect(ask(1, '6.6.6.6, 2.2.2.2')).toBe('2.2.2.2')
    expect(ask(2, '6.6.6.6, 3.3.3.3, 2.2.2.2')).toBe('3.3.3.3')
  })
  it('is the farthest known when fewer proxies than said took part', () =>
    expect([ask(2, '2.2.2.2'), ask(1, undefined)]).toEqual(['2.2.2.2', '10.0.0.1']))
  it('is no text that a client made up', () => expect(ask(1, 'x"; drop')).toBe('unknown'))
  it('is written the usual way', () => expect(ask(0, undefined, '::ffff:192.0.2.1')).toBe('192.0.2.1'))
})
