import { once } from 'node:events'
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { constants, PerformanceObserver } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { bytesStreamed, countPiped, countRead } from './young-buffers.ts'

const bytes = Buffer.from('some bytes that must not be lost')
const source = () => Readable.from([bytes.subarray(0, 10), bytes.subarray(10)], { objectMode: false })

test('counting does not set a stream going, and takes nothing from its reader', async () => {
  const read = source()
  countRead(read)
  await sleep(5)
  expect(read.readableFlowing).toBeNull()
  const got: Buffer[] = []
  read.on('data', (chunk: Buffer) => got.push(chunk))
  await once(read, 'end')
  expect(Buffer.concat(got)).toEqual(bytes)
})

test('counting what is piped leaves it as it is', async () => {
  const target = new PassThrough()
  countPiped(target)
  await sleep(5)
  source().pipe(target)
  expect(await buffer(target)).toEqual(bytes)
})

test('buffers that stream through are freed by minor collections', async () => {
  const kinds: number[] = []
  const observer = new PerformanceObserver((list) =>
    kinds.push(...list.getEntries().map((entry) => (entry as unknown as { detail: { kind: number } }).detail.kind)),
  )
  observer.observe({ entryTypes: ['gc'] })
  const piece = 64 * 1024
  for (let at = 0; at < (256 * 1024 ** 2) / piece; at++) bytesStreamed(Buffer.allocUnsafeSlow(piece).length)
  await sleep(20)
  observer.disconnect()
  const minor = kinds.filter((kind) => kind === constants.NODE_PERFORMANCE_GC_MINOR).length
  expect(minor).toBeGreaterThan(20)
})
