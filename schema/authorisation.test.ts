import type { Viewer } from '@archivolt/kit/identity/identity'
import { buildSchema, execute, GraphQLError, parse, subscribe, type ExecutionResult } from 'graphql'
import { expect, test } from 'vitest'
import { SUBGRAPHS } from './compose.ts'
import { operationFor } from './operation-for.ts'
import { rulesOf, type Rule } from './rules.ts'

/*
 * Every root field of every subgraph, called by everyone. The resolvers meet a context in which whatever they touch
 * throws: who gets that far was let in, and nothing happens.
 */

const rules = rulesOf(SUBGRAPHS)

const person = (change: Partial<Viewer>): Viewer => ({
  ...{ userId: '01890000-0000-7000-8000-000000000001', role: 'USER', groups: [], scopes: null, sessionId: 's' },
  ...change,
})
const serviceOf = (rule: Rule): string => (rule.kind === 'serviceAdmin' ? (rule.of ?? '') : rule.subgraph)
const scopeOf = (rule: Rule): string =>
  rule.kind === 'serviceAdmin' ? `${rule.of}:admin` : rule.kind === 'scope' ? (rule.of ?? '') : 'documents:read'

const PERSONAS: Record<string, (rule: Rule) => Viewer | null> = {
  anonymous: () => null,
  'a person': () => person({}),
  'a member of another group': () => person({ groups: ['family', 'nobody-admin'] }),
  'an administrator of the service': (rule) => person({ groups: [`${serviceOf(rule)}-admin`] }),
  'an administrator': () => person({ role: 'ADMIN' }),
  'a token without the scope': () => person({ scopes: ['nothing:read'] }),
  'a token with the scope': (rule) => person({ scopes: [scopeOf(rule)] }),
  "an administrator's token without the scope": () => person({ role: 'ADMIN', scopes: [] }),
  "an administrator's token with the scope": (rule) => person({ role: 'ADMIN', scopes: [scopeOf(rule)] }),
}

/** What the words mean, said once more and otherwise than in the code. */
const ALLOWED: Record<Rule['kind'], ReadonlySet<string>> = {
  public: new Set(Object.keys(PERSONAS)),
  signedIn: new Set(Object.keys(PERSONAS).filter((who) => who !== 'anonymous')),
  session: new Set(Object.keys(PERSONAS).filter((who) => who !== 'anonymous' && !who.includes('token'))),
  admin: new Set(['an administrator']),
  serviceAdmin: new Set([
    'an administrator of the service',
    'an administrator',
    "an administrator's token with the scope",
  ]),
  scope: new Set(Object.keys(PERSONAS).filter((who) => who !== 'anonymous' && !who.includes('token without'))),
}

class Reached extends Error {}

const untouchable: unknown = new Proxy(() => {}, {
  get(_target, name) {
    if (name === 'then' || typeof name === 'symbol') return undefined
    throw new Reached(String(name))
  },
  apply() {
    throw new Reached('a call')
  },
})

/** Everything of a context but who asks is out of reach. */
const contextFor = (viewer: Viewer | null): object =>
  new Proxy(
    { viewer, identity: { caller: 'gateway', viewer, requestId: 'r', client: { ip: '', userAgent: '' } } },
    {
      get: (target, name) => (name in target || typeof name === 'symbol' ? Reflect.get(target, name) : untouchable),
    },
  )

async function verdict(rule: Rule, viewer: Viewer | null): Promise<string> {
  const schema = SUBGRAPHS[rule.subgraph]!
  const { query, variables } = operationFor(schema, rule.root, rule.field)
  const args = { schema, document: parse(query), variableValues: variables, contextValue: contextFor(viewer) }
  const result = await (rule.root === 'Subscription' ? subscribe(args) : execute(args))
  if (Symbol.asyncIterator in result) {
    await result.return?.()
    return 'let in'
  }
  const codes = (result as ExecutionResult).errors?.map((error) => codeOf(error)) ?? []
  return codes.find((code) => code === 'UNAUTHENTICATED' || code === 'FORBIDDEN') ?? 'let in'
}

const codeOf = (error: GraphQLError): unknown =>
  (error.originalError instanceof GraphQLError ? error.originalError : error).extensions.code

test.each(Object.entries(PERSONAS))('%s is let in where the rule says so, and nowhere else', async (who, viewerOf) => {
  const wrong: string[] = []
  for (const rule of rules) {
    const viewer = viewerOf(rule)
    const found = await verdict(rule, viewer)
    const expected = ALLOWED[rule.kind].has(who) ? 'let in' : viewer ? 'FORBIDDEN' : 'UNAUTHENTICATED'
    if (found !== expected) wrong.push(`${rule.root}.${rule.field} (${rule.kind}): ${found}, not ${expected}`)
  }
  expect(wrong).toEqual([])
})

test('the matrix is not empty, and knows each kind of rule', () => {
  expect(rules.length).toBeGreaterThan(80)
  expect(new Set(rules.map(({ kind }) => kind))).toEqual(
    new Set(['public', 'signedIn', 'session', 'admin', 'serviceAdmin', 'scope']),
  )
})

test('a field without a rule fails the build', () => {
  const bare = buildSchema('type Query { open: Int }')
  expect(() => rulesOf({ bare })).toThrow('do not declare who may call them: bare: Query.open')
})
