import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { DOCUMENT, Person } from './src/api.ts'
import { ADMIN, startVault } from './src/vault-process.ts'

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

const postmasterOf = (data: string) =>
  Number(readFileSync(path.join(data, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0])

test('a vault that is stopped leaves no process, and one that is killed is taken over with all it has', async () => {
  const first = await startVault('one process')
  const postmaster = postmasterOf(first.data)
  const ada = await new Person(first.url).signIn(ADMIN)
  const id = await ada.upload('kept.txt', 'text/plain', new TextEncoder().encode('kept through a crash'))

  const child = first.processes.get('all')
  const ended = once(child!, 'exit')
  child?.kill('SIGKILL')
  await ended
  expect(isRunning(postmaster), 'the database outlives the crash').toBe(true)

  const second = await startVault('one process', {}, first.data)
  expect(postmasterOf(second.data), 'and is adopted').toBe(postmaster)
  const again = await new Person(second.url).signIn(ADMIN)
  expect(await again.untilDone(id)).toMatchObject({ status: 'READY' })
  const { document } = await again.ask(DOCUMENT, { id })
  expect(await (await fetch(new URL(document.file.download.url, second.url))).text()).toBe('kept through a crash')
  await again.leave()

  const pids = [...second.processes.values()].map((process_) => process_.pid as number)
  await second.stop({ keepData: true })
  expect(isRunning(postmaster), 'the database stops with the vault').toBe(false)
  expect(pids.some(isRunning)).toBe(false)
  await second.stop()
})
