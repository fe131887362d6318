import path from 'node:path'
import { openNotes } from './notes.ts'
import { createPluginServer } from './server.ts'
import { createVerifier } from './verify-identity.ts'

const port = Number(process.env.PORT ?? 4100)
const host = process.env.HOST ?? '127.0.0.1'
const vaultUrl = process.env.VAULT_URL ?? 'http://localhost:4000'
const file = path.resolve(process.env.NOTES_FILE ?? path.join(import.meta.dirname, 'data', 'notes.json'))

const notes = await openNotes(file)
const server = createPluginServer({ notes, verify: createVerifier('reading-notes', vaultUrl) })
server.listen(port, host, () => {
  process.stdout.write(`reading-notes answers at http://${host}:${port}; register it with PLUGIN_URLS\n`)
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    server.close(() => void notes.settled().then(() => process.exit(0)))
    server.closeIdleConnections()
  })
}
