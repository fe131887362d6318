import { randomBytes } from 'node:crypto'
import { createSealer } from '@archivolt/kit/crypto/sealed'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { KeptTokens } from '../drivers/http/tokens.ts'
import { ADA, openTestStorage, type TestStorage } from '../testing/storage.fixture.ts'
import { openCredentials, sealCredentials } from './connection-secrets.ts'
import { createTokenStores } from './token-store.ts'

let storage: TestStorage
beforeAll(async () => {
  storage = await openTestStorage()
})
afterAll(() => storage.close())

const sealer = createSealer({ current: { version: 1, key: randomBytes(32) } })
const first = { refreshToken: 'r1', accessToken: null, expiresAt: 0 }

async function newConnection(): Promise<string> {
  const { db } = storage
  const row = await db.cloudConnection.create({ data: { ownerId: ADA, provider: 'ONEDRIVE', name: 'One' } })
  const credentials = sealCredentials(sealer, row, first)
  await db.cloudConnection.update({ where: { id: row.id }, data: { credentials } })
  return row.id
}

const keptBy = async (id: string) => {
  const row = await storage.db.cloudConnection.findUniqueOrThrow({ where: { id } })
  return openCredentials(sealer, row, row.credentials as Uint8Array)
}

const next = (kept: KeptTokens): KeptTokens => ({ ...kept, refreshToken: `r${Number(kept.refreshToken.slice(1)) + 1}` })

it('changes at once follow each other, whoever makes them, and each sees what the last one kept', async () => {
  const id = await newConnection()
  const stores = [createTokenStores({ db: storage.db, sealer }), createTokenStores({ db: storage.db, sealer })]
  let inside = 0
  const work = async (kept: KeptTokens) => {
    expect(++inside).toBe(1)
    await new Promise(setImmediate)
    inside--
    return next(kept)
  }
  await Promise.all(Array.from({ length: 10 }, (_, at) => stores[at % 2]?.(id).change(work)))
  expect((await keptBy(id)).refreshToken).toBe('r11')
})

it('a change that fails keeps what was there, and lets the next one in', async () => {
  const id = await newConnection()
  const store = createTokenStores({ db: storage.db, sealer })(id)
  await expect(
    store.change(async () => {
      throw new Error('the provider is away')
    }),
  ).rejects.toThrow('away')
  expect(await keptBy(id)).toEqual(first)
  await store.change(async (kept) => next(kept))
  expect((await keptBy(id)).refreshToken).toBe('r2')
})

it('a connection that is gone has no tokens', async () => {
  const store = createTokenStores({ db: storage.db, sealer })(ADA)
  await expect(store.change(async (kept) => kept)).rejects.toMatchObject({ code: 'storage.unavailable' })
})

it('three wait for their providers at once and fifty in line; whoever comes then is told so', async () => {
  const storeOf = createTokenStores({ db: storage.db, sealer })
  const ids = await Promise.all(Array.from({ length: 54 }, newConnection))
  const { promise: answer, resolve } = Promise.withResolvers<void>()
  let asked = 0
  const hanging = ids.slice(0, 53).map((id) =>
    storeOf(id).change(async (kept) => {
      asked++
      await answer
      return next(kept)
    }),
  )
  await expect.poll(() => asked).toBe(3)
  await expect(storeOf(ids[53] ?? '').change(async (kept) => kept)).rejects.toMatchObject({
    message: expect.stringContaining('Try again in a moment'),
  })
  resolve()
  await Promise.all(hanging)
  expect(asked).toBe(53)
})
