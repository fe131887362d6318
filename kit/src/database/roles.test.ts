import { randomBytes } from 'node:crypto'
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLogger } from '../log/logger.ts'
import { testAdminUrl } from '../testing/test-database.ts'
import { migrate, prepareDatabase } from './migrate.ts'
import { deriveServiceDatabase, ensureServiceDatabase, type ServiceDatabase } from './roles.ts'

const log = createLogger('test', { level: 'silent', pretty: false })
const secret = randomBytes(32).toString('hex')

describe('the database of a service', () => {
  const name = `svc_${randomBytes(4).toString('hex')}`
  const other = `svc_${randomBytes(4).toString('hex')}`
  let database: ServiceDatabase
  let folder: string
  let app: pg.Client

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'migrations-'))
    await mkdir(path.join(folder, '0001_init'))
    await writeFile(
      path.join(folder, '0001_init', 'migration.sql'),
      'CREATE TABLE things (id serial PRIMARY KEY, word text);',
    )
    database = deriveServiceDatabase(testAdminUrl(), name, secret)
    // Three starters at once: each must succeed, and none may undo another.
    await Promise.all([1, 2, 3].map(() => ensureServiceDatabase(testAdminUrl(), database)))
    await ensureServiceDatabase(testAdminUrl(), deriveServiceDatabase(testAdminUrl(), other, secret))
    const applied = await Promise.all([1, 2, 3].map(() => migrate({ url: database.migrateUrl, folder, log })))
    expect(applied.flat()).toEqual(['0001_init'])
    app = new pg.Client({ connectionString: database.url })
    await app.connect()
  })

  afterAll(async () => {
    await app.end()
    await rm(folder, { recursive: true })
    const admin = new pg.Client({ connectionString: testAdminUrl() })
    await admin.connect()
    for (const each of [name, other]) {
      await admin.query(`DROP DATABASE IF EXISTS ${each} WITH (FORCE)`)
      await admin.query(`DROP ROLE IF EXISTS ${each}_app, ${each}_migrate`)
    }
    await admin.end()
  })

  test('lets the app role read and write rows', async () => {
    await app.query(`INSERT INTO things (word) VALUES ('one')`)
    await app.query(`UPDATE things SET word = 'two'`)
    expect((await app.query('SELECT word FROM things')).rows).toEqual([{ word: 'two' }])
    await app.query('DELETE FROM things')
  })

  test.each([
    'CREATE TABLE more (id int)',
    'ALTER TABLE things ADD COLUMN extra int',
    'DROP TABLE things',
    'TRUNCATE things',
    'CREATE SCHEMA elsewhere',
    'CREATE EXTENSION hstore',
    'CREATE ROLE someone',
    'CREATE DATABASE another',
    'DELETE FROM _prisma_migrations',
  ])('refuses the app role %s', async (sql) => {
    await expect(app.query(sql)).rejects.toMatchObject({ code: '42501' })
  })

  test('refuses one service the database of another', async () => {
    const url = new URL(database.url)
    url.pathname = `/${other}`
    const client = new pg.Client({ connectionString: url.href })
    client.on('error', () => {})
    await expect(client.connect()).rejects.toMatchObject({ code: '42501' })
    await client.end().catch(() => {})
  })

  test('keeps its rules after a later migration', async () => {
    await mkdir(path.join(folder, '0002_more'))
    await writeFile(path.join(folder, '0002_more', 'migration.sql'), 'CREATE TABLE later (id int);')
    await expect(prepareDatabase({ url: database.url, folder, log })).rejects.toThrow('missing: 0002_more')
    await prepareDatabase({ url: database.url, migrateUrl: database.migrateUrl, folder, log })
    await prepareDatabase({ url: database.url, folder, log })
    await app.query('INSERT INTO later VALUES (1)')
    await expect(app.query('TRUNCATE later')).rejects.toMatchObject({ code: '42501' })
  })

  test('keeps nothing of a migration that fails, and refuses one that was edited', async () => {
    await mkdir(path.join(folder, '0003_broken'))
    const file = path.join(folder, '0003_broken', 'migration.sql')
    await writeFile(file, 'CREATE TABLE half (id int); SELECT nonsense;')
    await expect(migrate({ url: database.migrateUrl, folder, log })).rejects.toThrow('0003_broken failed')
    await expect(app.query('SELECT * FROM half')).rejects.toMatchObject({ code: '42P01' })
    await writeFile(file, 'SELECT 1;')
    expect(await migrate({ url: database.migrateUrl, folder, log })).toEqual(['0003_broken'])
    await writeFile(file, 'SELECT 2;')
    await expect(migrate({ url: database.migrateUrl, folder, log })).rejects.toThrow('was changed after it was applied')
  })
})
