import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { choosePassword } from './choose-password.ts'
import { createPasswords } from './passwords.ts'
import { createPwnedPasswords } from './pwned-passwords.ts'

const LEAKED = 'Leaked-from-elsewhere-1'
const sha1 = createHash('sha1').update(LEAKED).digest('hex').toUpperCase()
const PADDING = `${'0'.repeat(34)}A:0`
const seen: { url: string; padding: unknown }[] = []
let answer: (reply: ServerResponse) => void
const server = createServer((request: IncomingMessage, reply) => {
  seen.push({ url: request.url ?? '', padding: request.headers['add-padding'] })
  answer(reply)
})
let url: string
let now = 0

beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  seen.length = 0
  now += 3_600_000
  answer = (reply) => reply.end(`${PADDING}\r\n${sha1.slice(5)}:17\r\n`)
})
const open = () => createPwnedPasswords(url, () => now)

test('row 19: five digits leave the house, padding is asked for, and a leaked password is known', async () => {
  expect(await open().isKnown(LEAKED)).toBe(true)
  expect(seen).toEqual([{ url: `/range/${sha1.slice(0, 5)}`, padding: 'true' }])
})

test('row 19: padding with the count 0 is no find', async () => {
  answer = (reply) => reply.end(`${PADDING}\r\n${sha1.slice(5)}:0\r\n`)
  expect(await open().isKnown(LEAKED)).toBe(false)
})

test.each<[string, (reply: ServerResponse) => void]>([
  ['an error', (reply) => reply.writeHead(500).end()],
  ['a page of something in between', (reply) => reply.end('<html>Sign in to the network</html>')],
  ['a redirect', (reply) => reply.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
  ['nothing', (reply) => reply.end()],
  ['an endless answer', (reply) => void endless(reply)],
  ['a cut connection', (reply) => reply.destroy()],
])('row 19: after %s nothing can be told, and nobody asks again for a minute', async (_what, badly) => {
  answer = badly
  const pwned = open()
  expect(await pwned.isKnown(LEAKED)).toBeNull()
  const asked = seen.length
  expect(await pwned.isKnown(LEAKED)).toBeNull()
  expect(seen.length).toBe(asked)
  now += 60_000
  answer = (reply) => reply.end(`${sha1.slice(5)}:17\r\n`)
  expect(await pwned.isKnown(LEAKED)).toBe(true)
})

test('row 19: what cannot be checked is accepted and marked, what is common is refused all the same', async () => {
  answer = (reply) => reply.writeHead(500).end()
  const policy = { minLength: 15, minLengthWithSecondFactor: 8, require: [], forbiddenWords: [] }
  const choose = choosePassword({ passwords: await createPasswords(), policy, pwned: open() })
  const about = { field: 'password', secondFactor: false }
  expect(await choose(LEAKED, about)).toMatchObject({ checked: false })
  await expect(choose('Password-12345678', about)).rejects.toThrow('Many people')
  now += 60_000
  answer = (reply) => reply.end(`${sha1.slice(5)}:17\r\n`)
  await expect(choose(LEAKED, about)).rejects.toThrow('leaked')
  expect(await choose('Not-leaked-from-anywhere', about)).toMatchObject({ checked: true })
})

function endless(reply: ServerResponse): void {
  const line = `${PADDING}\r\n`.repeat(1000)
  const more = () => {
    while (!reply.destroyed && reply.write(line));
  }
  reply.on('drain', more)
  reply.on('error', () => {})
  more()
}
