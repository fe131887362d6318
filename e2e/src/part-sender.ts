import { readFile } from 'node:fs/promises'
import { keystream } from './keystream.ts'

/*
 * A client of its own process, to be killed: sends the parts of an upload that have not arrived, one after the other,
 * and ends. `node part-sender.ts URL PART_SIZE SIZE`; of where it stands it says a line for each part.
 */
const [url = '', partSize = '', size = '', seedFile = ''] = process.argv.slice(2)
const bytes = keystream(await readFile(seedFile))
const step = Number(partSize)
const total = Number(size)

const { received } = (await (await fetch(`${url}/parts`)).json()) as { received: { number: number }[] }
const there = new Set(received.map(({ number }) => number))
for (let number = 1; (number - 1) * step < total; number++) {
  if (there.has(number)) continue
  const start = (number - 1) * step
  const body = bytes(start, Math.min(step, total - start))
  const reply = await fetch(`${url}/parts/${number}`, { method: 'PUT', body })
  if (!reply.ok) throw new Error(`part ${number}: ${reply.status} ${await reply.text()}`)
  process.stdout.write(`${number}\n`)
}
