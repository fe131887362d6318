import { expect, test } from 'vitest'
import { createGate } from './gate.ts'
import { createPasswords } from './passwords.ts'

test('so many run at once, so many wait in their order, and the rest is told to come back', async () => {
  const gate = createGate({ atOnce: 2, waiting: 3 })
  const open = Promise.withResolvers<void>()
  let running = 0
  let most = 0
  const order: number[] = []
  const work = (number: number) =>
    gate.run(async () => {
      most = Math.max(most, ++running)
      await open.promise
      running--
      order.push(number)
    })
  const all = Array.from({ length: 8 }, (_, number) => work(number))
  const refused = await Promise.allSettled(all.slice(5))
  expect(refused.map((each) => each.status === 'rejected' && each.reason.code)).toEqual(Array(3).fill('rate_limited'))
  open.resolve()
  await Promise.all(all.slice(0, 5))
  expect([most, order]).toEqual([2, [0, 1, 2, 3, 4]])
  await expect(gate.run(async () => 'free again')).resolves.toBe('free again')
})

test('a failure frees the place', async () => {
  const gate = createGate({ atOnce: 1, waiting: 1 })
  await expect(gate.run(() => Promise.reject(new Error('x')))).rejects.toThrow('x')
  await expect(gate.run(async () => 1)).resolves.toBe(1)
})

test('row 20: a flood of sign-ins is bounded, answered, and does not hold up the rest of the process', async () => {
  const passwords = await createPasswords({ atOnce: 2, waiting: 20 })
  let ticks = 0
  const ticking = setInterval(() => ticks++, 1)
  const results = await Promise.allSettled(Array.from({ length: 64 }, () => passwords.matches('x', null)))
  clearInterval(ticking)
  expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(22)
  expect(ticks, 'the event loop went on').toBeGreaterThan(5)
})
