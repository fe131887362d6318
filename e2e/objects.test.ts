import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { serviceKeys } from '@archivolt/kit/identity/keys'
import { createSigner } from '@archivolt/kit/identity/sign'
import { createObjectStore, ObjectChangedError, type ObjectStore } from '@archivolt/kit/objects/object-store'
import { createServiceClient, type ServiceClient } from '@archivolt/kit/server/service-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestHouse, type TestHouse } from './src/house-in-test.ts'

const JSON_TYPE = { contentType: 'application/json' }

describe('objects that storage keeps for other services', () => {
  let house: TestHouse
  const clients: ServiceClient[] = []
  let identity: ObjectStore
  let documents: ObjectStore
  let ai: ObjectStore

  beforeAll(async () => {
    house = await openTestHouse()
    const as = (caller: string) => {
      const client = createServiceClient(house.services, createSigner(caller, serviceKeys(house.secret)))
      clients.push(client)
      return createObjectStore(client)
    }
    identity = as('identity')
    documents = as('documents')
    ai = as('ai')
  })

  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()))
    await house?.stop()
  })

  const read = async (store: ObjectStore, name: string, bucket: 'config' | 'previews' = 'config') => {
    const found = await store.get({ bucket, name })
    return found && { ...found, body: await text(found.body) }
  }

  test('are kept under a name, replaced whole, and gone when deleted', async () => {
    const settings = { bucket: 'config', name: 'ai/settings.json' } as const
    expect(await read(ai, settings.name)).toBeNull()
    const first = await ai.put(settings, Buffer.from('{"v":1}'), JSON_TYPE)
    expect(first).toMatchObject({ size: 7, etag: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect(await read(ai, settings.name)).toEqual({ body: '{"v":1}', etag: first.etag, size: 7, ...JSON_TYPE })
    await ai.put(settings, Readable.from([Buffer.from('{"v":'), Buffer.from('22}')]), JSON_TYPE)
    expect((await read(ai, settings.name))?.body).toBe('{"v":22}')
    await ai.delete(settings)
    await ai.delete(settings)
    expect(await read(ai, settings.name)).toBeNull()
  })

  test('are written on a condition: of many at once that read the same version, one writes', async () => {
    const object = { bucket: 'config', name: 'identity/policy.json' } as const
    const write = (value: number, condition: object) =>
      identity.put(object, Buffer.from(String(value)), { ...JSON_TYPE, ...condition })
    const outcomes = async (attempts: Promise<unknown>[]) => {
      const settled = await Promise.allSettled(attempts)
      const refused = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason as Error] : []))
      expect(refused.every((reason) => reason instanceof ObjectChangedError)).toBe(true)
      return settled.length - refused.length
    }
    const numbers = Array.from({ length: 12 }, (_, at) => at)
    expect(await outcomes(numbers.map((at) => write(at, { ifNoneMatch: '*' })))).toBe(1)
    const etag = (await read(identity, object.name))?.etag
    expect(await outcomes(numbers.map((at) => write(100 + at, { ifMatch: etag })))).toBe(1)
    expect(Number((await read(identity, object.name))?.body)).toBeGreaterThanOrEqual(100)
  })

  test('leave nothing behind: the bytes of a replaced version and of a refused write go', async () => {
    const object = { bucket: 'previews', name: 'left/behind.webp' } as const
    for (const value of ['a', 'b', 'c']) await documents.put(object, Buffer.from(value), JSON_TYPE)
    await expect(documents.put(object, Buffer.from('d'), { ...JSON_TYPE, ifNoneMatch: '*' })).rejects.toThrow(
      ObjectChangedError,
    )
    await documents.delete(object)
    let rows: unknown[] = []
    for (let tries = 0; tries < 200; tries++) {
      rows = await house.sql('storage', `SELECT * FROM "blobs" WHERE "filename" = 'behind.webp'`)
      if (rows.length === 0) break
      await sleep(50)
    }
    expect(rows).toEqual([])
  })

  test('are listed in pages, in the order of their names', async () => {
    const names = Array.from({ length: 7 }, (_, at) => `pages/${String(at).padStart(3, '0')}.webp`)
    for (const name of [...names].reverse())
      await documents.put({ bucket: 'previews', name }, Buffer.from(name), JSON_TYPE)
    await documents.put({ bucket: 'previews', name: 'pagesx/0.webp' }, Buffer.from('x'), JSON_TYPE)
    const seen: string[] = []
    for (let after: string | undefined; ;) {
      const page = await documents.list('previews', { prefix: 'pages/', first: 3, after })
      seen.push(...page.objects.map(({ name }) => name))
      if (!page.next) break
      after = page.next
    }
    expect(seen).toEqual(names)
  })

  test('belong to the service that uses the bucket', async () => {
    const kept = (store: ObjectStore, bucket: 'config' | 'audit' | 'previews', name: string) =>
      store.put({ bucket, name }, Buffer.from('x'), JSON_TYPE)
    await expect(kept(ai, 'config', 'identity/policy.json')).rejects.toThrow()
    await expect(kept(ai, 'previews', 'a.webp')).rejects.toThrow()
    await expect(kept(documents, 'audit', '2026-01-01.jsonl')).rejects.toThrow()
    await expect(ai.list('config', { prefix: 'iden' })).rejects.toThrow()
    for (const name of ['ai/../identity/x', '/ai/x', 'ai//x', 'ai/.x', `ai/${'x'.repeat(500)}`, 'ai/a b'])
      await expect(kept(ai, 'config', name), name).rejects.toThrow()
  })

  test('a sender that fails in the middle leaves the version before it', async () => {
    const object = { bucket: 'config', name: 'ai/broken.json' } as const
    await ai.put(object, Buffer.from('whole'), JSON_TYPE)
    const broken = Readable.from(
      (async function* () {
        yield Buffer.from('ha')
        await sleep(20)
        throw new Error('the sender broke')
      })(),
    )
    await expect(ai.put(object, broken, JSON_TYPE)).rejects.toThrow()
    expect((await read(ai, object.name))?.body).toBe('whole')
  })
})
