import { writeFileSync } from 'node:fs'
import { composeSchemaFiles } from './compose.ts'

for (const [name, text] of Object.entries(composeSchemaFiles())) {
  writeFileSync(new URL(name, import.meta.url), text)
  process.stdout.write(`schema/${name}\n`)
}
