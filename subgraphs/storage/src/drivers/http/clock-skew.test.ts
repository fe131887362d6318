import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { createS3Driver } from '../s3/s3.driver.ts'
import { createWebdavDriver } from '../webdav/webdav.driver.ts'
import { createSkewMeter } from './clock-skew.ts'
import { createHttp } from './http.ts'

const NOON = Date.parse('2026-03-01T12:00:00Z')
const HOUR = 3_600_000

it('the clock of a service is measured against the middle of a request', () => {
  let now = NOON
  const meter = createSkewMeter(() => now)
  expect(meter.read()).toBeNull()
  now = NOON + 400
  meter.note('Sun, 01 Mar 2026 13:00:00 GMT', NOON)
  expect(meter.read()).toBe(HOUR + 500 - 200)
})

it.for([
  ['no date', undefined, 0, null],
  ['a date that is none', 'yesterday', 0, null],
  ['an answer out of a cache', 'Sun, 01 Mar 2026 13:00:00 GMT', 0, '5'],
  ['an answer that took long', 'Sun, 01 Mar 2026 13:00:00 GMT', 11_000, null],
] as const)('%s says nothing', ([, date, took, age]) => {
  const meter = createSkewMeter(() => NOON + took)
  meter.note(date, NOON, age)
  expect(meter.read()).toBeNull()
})

/** A service whose clock is an hour ahead, and which refuses for that. */
async function fastClock(): Promise<string> {
  const server = createServer((request, response) => {
    request.resume()
    const date = new Date(Date.now() + HOUR).toUTCString()
    const body = '<?xml version="1.0"?><Error><Code>RequestTimeTooSkewed</Code><Message>too far</Message></Error>'
    response.writeHead(403, { date, 'content-type': 'application/xml' }).end(request.method === 'HEAD' ? '' : body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const anHour = (skew: number | null | undefined) => expect(Math.abs((skew ?? 0) - HOUR)).toBeLessThan(60_000)

it('S3 says that the clocks are apart, and by how much', async () => {
  const driver = createS3Driver({ endpoint: await fastClock(), bucket: 'b', accessKey: 'a', secretKey: 's' })
  await expect(driver.check()).rejects.toMatchObject({ message: expect.stringContaining('clocks') })
  anHour(driver.clockSkew?.())
  await driver.close()
})

it('WebDAV and the thin clients measure it too', async () => {
  const url = await fastClock()
  const driver = createWebdavDriver({ url, username: 'u', password: 'p' })
  await expect(driver.check()).rejects.toThrow()
  anHour(driver.clockSkew?.())
  await driver.close()
  const http = createHttp('A service', { fetch })
  await http.send({ method: 'GET', url })
  anHour(http.clockSkew())
})
