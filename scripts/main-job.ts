import { parseArgs } from 'node:util'
import { openClient, type VaultClient } from './vault-client.ts'

const usage = `npm run main-job -- FILE…

Against a running vault: signs in, uploads each file, waits until it is READY, searches a word of it, downloads it and
compares the bytes. Exits 0 when every file came through.

  --url URL            default: PUBLIC_URL or http://localhost:4000
  --email, --password  default: ADMIN_EMAIL, ADMIN_PASSWORD`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: 'string' },
    email: { type: 'string' },
    password: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
})
const url = values.url ?? process.env.PUBLIC_URL ?? `http://localhost:${process.env.PORT ?? '4000'}`
const email = values.email ?? process.env.ADMIN_EMAIL ?? 'admin@archivolt.local'
const password = values.password ?? process.env.ADMIN_PASSWORD
if (values.help || positionals.length === 0) {
  process.stdout.write(`${usage}\n`)
  process.exit(values.help ? 0 : 1)
}
if (!password) {
  process.stderr.write('Give the password: ADMIN_PASSWORD=… npm run main-job -- FILE…\n')
  process.exit(1)
}

const vault = await openClient(url, { email, password }).catch((error: Error) => {
  process.stderr.write(`${error.cause ? `${url} does not answer` : error.message}\n`)
  process.exit(1)
})
let failed = 0
for (const file of positionals) {
  const started = performance.now()
  try {
    const word = await doMainJob(vault, file)
    report(
      'ok',
      file,
      `${word ? `found by "${word}"` : 'no text to find it by'}, ${Math.round(performance.now() - started)} ms`,
    )
  } catch (error) {
    failed++
    report('FAILED', file, (error as Error).message)
  }
}
await vault.close()
process.stdout.write(`${positionals.length - failed} passed, ${failed} failed\n`)
process.exit(failed ? 1 : 0)

/** @returns the word it was found by, or null for a file without text. @throws Error naming the step that went wrong */
async function doMainJob(client: VaultClient, file: string): Promise<string | null> {
  const id = await client.upload(file)
  const document = await client.untilDone(id)
  if (document.status !== 'READY') throw new Error(`${document.status}: ${document.failure ?? 'no reason given'}`)
  await client.compareBytes(document, file)
  const word = await client.aWordOf(file)
  if (word && !(await client.finds(word, id))) throw new Error(`a search for "${word}" does not find it`)
  return word
}

function report(verdict: string, file: string, what: string): void {
  process.stdout.write(`${verdict.padEnd(7)}${file}  ${what}\n`)
}
