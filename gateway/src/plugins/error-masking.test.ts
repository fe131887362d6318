import { GraphQLError } from 'graphql'
import { expect, it } from 'vitest'
import { errorMasking } from './error-masking.ts'

const send = async (singleResult: Record<string, unknown>, errors: readonly unknown[] = []) => {
  const plugin = errorMasking((formatted, original) => ({
    message: `${formatted.message}/${original instanceof Error ? original.message : '-'}`,
  }))
  const listener = await plugin.requestDidStart!({} as never)
  await listener!.willSendResponse!({
    response: { body: { kind: 'single', singleResult } },
    errors,
    contextValue: {},
  } as never)
  return singleResult
}

it('masks each error with what was thrown for it, and lets no extensions out', async () => {
  const result = await send({ data: null, errors: [{ message: 'a' }, { message: 'b' }], extensions: { trace: 1 } }, [
    new Error('one'),
    new Error('two'),
  ])
  expect(result).toEqual({ data: null, errors: [{ message: 'a/one' }, { message: 'b/two' }] })
})

it('makes one error of values that a subgraph should not have sent', async () => {
  const broken = [new GraphQLError('Cannot return null'), new GraphQLError('Cannot return null either')]
  expect(await send({ data: null, extensions: { valueCompletion: broken } })).toEqual({
    data: null,
    errors: [{ message: 'Cannot return null/Cannot return null' }],
  })
})

it('adds nothing to a good answer', async () => {
  expect(await send({ data: { a: 1 } })).toEqual({ data: { a: 1 } })
})
