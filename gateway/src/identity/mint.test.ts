import { expect, test } from 'vitest'
import type { GatewayContext } from '../context.ts'
import { createMint } from './mint.ts'

const mint = createMint(async (audience) => `for ${audience}`)
const context = (apps: string[] | null) =>
  ({
    requestId: 'r',
    client: { ip: '', userAgent: '' },
    session: apps && { viewer: {}, apps: new Set(apps) },
  }) as unknown as GatewayContext

test('a feature is called for whoever may use it, and for nobody else', async () => {
  expect(await mint('notes', context(['notes']), '')).toBe('for notes')
  await expect(mint('notes', context(['other']), '')).rejects.toMatchObject({ extensions: { code: 'FORBIDDEN' } })
  await expect(mint('notes', context(null), '')).rejects.toMatchObject({ extensions: { code: 'UNAUTHENTICATED' } })
})

test('the services of the house decide by themselves', async () => {
  expect(await mint('documents', context([]), '')).toBe('for documents')
  expect(await mint('identity', context(null), '')).toBe('for identity')
})
