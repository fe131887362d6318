import { expect, it } from 'vitest'
import { awaitParts } from './readiness.ts'

it('is ready once every part has answered, and stays so when one fails later', async () => {
  let answers = false
  let asked = 0
  const late = async () => {
    asked++
    if (!answers) throw new Error('not yet')
  }
  const readiness = awaitParts([async () => {}, late], 5)
  while (asked < 3) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(readiness.isReady()).toBe(false)
  answers = true
  await readiness.whenReady
  answers = false
  expect(readiness.isReady()).toBe(true)
  readiness.drain()
  expect(readiness.isReady()).toBe(false)
})

it('does not become ready while it drains', async () => {
  const readiness = awaitParts([async () => Promise.reject(new Error('never'))], 5)
  readiness.drain()
  await readiness.whenReady
  expect(readiness.isReady()).toBe(false)
})
