import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { composeSchemaFiles } from './compose.ts'

test('the committed schema is what the services compose to', () => {
  for (const [name, text] of Object.entries(composeSchemaFiles())) {
    const committed = readFileSync(new URL(name, import.meta.url), 'utf8')
    expect(committed, `schema/${name} is out of date: run "npm run schema" and commit it`).toBe(text)
  }
})
