import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Person } from './src/api.ts'
import { ADMIN, startVault, type RunningVault } from './src/vault-process.ts'

const root = path.resolve(import.meta.dirname, '..')
let vault: RunningVault
let admin: Person

beforeAll(async () => {
  vault = await startVault('one process')
  admin = await new Person(vault.url).signIn(ADMIN)
}, 120_000)
afterAll(() => vault?.stop())

/** What `npm run audit:verify` prints about the running vault, and how it ends. */
const verify = () =>
  new Promise<{ code: number; said: string }>((resolve) => {
    const env = { ...process.env, ARCHIVOLT_DATA: vault.data, DATABASE_URL: undefined, NODE_ENV: 'development' }
    execFile(process.execPath, ['scripts/audit-verify.ts'], { cwd: root, env }, (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, said: out + err }),
    )
  })

/** Runs SQL as the superuser of the vault's own database server. */
async function asSuperuser(sql: string): Promise<pg.QueryResult> {
  const { databasePassword } = JSON.parse(readFileSync(path.join(vault.data, 'keys.json'), 'utf8'))
  const port = Number(readFileSync(path.join(vault.data, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[3])
  const client = new pg.Client({
    ...{ host: '127.0.0.1', port, user: 'archivolt', password: databasePassword, database: 'identity' },
  })
  await client.connect()
  try {
    return await client.query(sql)
  } finally {
    await client.end()
  }
}
const count = async () => Number((await asSuperuser('SELECT count(*) FROM audit_events')).rows[0].count)

test('the log of a running vault is whole, until somebody changes it behind its back', async () => {
  const CREATE = 'mutation ($input: CreateGroupInput!) { createGroup(input: $input) { __typename } }'
  const before = await count()
  for (const name of ['One', 'Two', 'Three']) await admin.ask(CREATE, { input: { name } })
  for (let i = 0; i < 100 && (await count()) < before + 3; i++) await sleep(100)
  expect(await verify()).toEqual({ code: 0, said: expect.stringContaining('The audit log is whole') })

  await asSuperuser('UPDATE audit_events SET actor_id = NULL WHERE seq = 2')
  expect(await verify()).toEqual({ code: 1, said: expect.stringContaining('BROKEN at row 2') })
})
