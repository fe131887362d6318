import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { createTickets } from './ticket.ts'

let time = Date.parse('2026-01-01T00:00:00Z')
const tickets = createTickets(Buffer.alloc(32, 1), () => time)
const id = randomUUID()
const expiresAt = new Date(time + 60_000)

test('a ticket lets its bearer do one thing to one row until it expires', () => {
  const token = tickets.mint({ kind: 'upload', id, expiresAt })
  expect(tickets.redeem('upload', token)).toBe(id)
  expect(() => tickets.redeem('download', token)).toThrow('not valid')
  time = expiresAt.getTime() - 1
  expect(tickets.redeem('upload', token)).toBe(id)
  time = expiresAt.getTime()
  expect(() => tickets.redeem('upload', token)).toThrow('has expired')
  time -= 60_000
})

test('a ticket that was changed or made elsewhere is worth nothing', () => {
  const token = tickets.mint({ kind: 'download', id, expiresAt })
  const [kind, row, expiry, mac] = token.split('.') as [string, string, string, string]
  const forged = [
    '',
    'd',
    `${token}x`,
    `u.${row}.${expiry}.${mac}`,
    `${kind}.${row.replace(/^./, (digit) => (digit === '0' ? '1' : '0'))}.${expiry}.${mac}`,
    `${kind}.${row}.zzzzzz.${mac}`,
    `${kind}.${row}.${expiry}.${'A'.repeat(43)}`,
    createTickets(Buffer.alloc(32, 2), () => time).mint({ kind: 'download', id, expiresAt }),
  ]
  for (const each of forged) expect(() => tickets.redeem('download', each), each).toThrow('not valid')
})

test('a ticket has one spelling', () => {
  const token = tickets.mint({ kind: 'upload', id, expiresAt })
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const taken = [...alphabet].filter((letter) => {
    try {
      return tickets.redeem('upload', token.slice(0, -1) + letter) === id
    } catch {
      return false
    }
  })
  expect(taken).toEqual([token.at(-1)])
})
