import { parse, type OperationDefinitionNode } from 'graphql'
import { describe, expect, it } from 'vitest'
import type { SubgraphCall, SubgraphLink } from '@archivolt/kit/server/subgraph-link'
import type { CookieJar } from './context.ts'
import { callBody, createDataSource } from './data-source.ts'

/** Runs `fetch`, a step of the plan of `operation`, against a subgraph, and says what the subgraph was sent. */
async function run(subgraph: string, operation: string, fetch: string) {
  const calls: SubgraphCall[] = []
  const set: string[] = []
  const link = {
    name: subgraph,
    execute: async (call) => {
      calls.push(call)
      return { result: { data: {} }, setCookies: ['archivolt_refresh=new', 'other=1'] }
    },
  } as Partial<SubgraphLink> as SubgraphLink
  const cookies: CookieJar = { session: 'archivolt_refresh=old', set: (values) => void set.push(...values) }
  const context = { cookies, signal: AbortSignal.timeout(1000) }
  const document = parse(operation)
  await createDataSource(link, async (name, _context, body) => `${name} ${body}`).process({
    kind: 'incoming operation',
    request: { query: fetch, variables: { b: 1, a: 2 } },
    context,
    incomingRequestContext: { context, document, operation: document.definitions[0] as OperationDefinitionNode },
  } as never)
  return { call: calls[0]!, set }
}

describe('a data source', () => {
  it('signs exactly the body it sends', async () => {
    const { call } = await run('documents', '{ a }', '{a}')
    expect(call.body).toBe('{"query":"{a}","variables":{"b":1,"a":2}}')
    expect(call.identity).toBe(`documents ${call.body}`)
  })

  it('writes the keys of a body in the agreed order, and only those that are there', () => {
    expect(callBody({ operationName: 'A', variables: {}, query: '{a}' })).toBe(
      '{"query":"{a}","variables":{},"operationName":"A"}',
    )
    expect(callBody({ query: '{a}' })).toBe('{"query":"{a}"}')
  })

  it.each([
    ['identity', 'mutation { login }', 'mutation{login}', true],
    ['documents', 'mutation { login }', 'mutation{login}', false],
    ['identity', 'mutation { login createGroup }', 'mutation{login createGroup}', false],
    [
      'identity',
      'mutation { login }',
      'query($representations:[_Any!]!){_entities(representations:$representations){__typename}}',
      false,
    ],
    ['identity', '{ login }', '{login}', false],
  ])('%s, %s, %s: cookies %s', async (subgraph, operation, fetch, expected) => {
    const { call, set } = await run(subgraph, operation, fetch)
    expect([call.cookie, set]).toEqual(
      expected ? ['archivolt_refresh=old', ['archivolt_refresh=new']] : [undefined, []],
    )
  })

  it('lets a mutation run when the client is gone, and nothing else', async () => {
    expect((await run('documents', 'mutation { a }', 'mutation{a}')).call.signal).toBeUndefined()
    expect((await run('documents', '{ a }', '{a}')).call.signal).toBeInstanceOf(AbortSignal)
  })
})
