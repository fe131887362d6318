import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import { describe, expect, it } from 'vitest'
import { createLogger } from '@archivolt/kit/log/logger'
import { SubgraphUnreachable } from '@archivolt/kit/server/subgraph-link'
import { createMask } from './mask-error.ts'

const log = createLogger('test', { level: 'silent', pretty: false })
const nobody = { requestId: 'r1', session: null }
const somebody = { requestId: 'r1', session: {} as never }
const open = createMask({ log, hideSchema: false })
const hiding = createMask({ log, hideSchema: true })
const error = (message: string, code?: string, more: object = {}): GraphQLFormattedError => ({
  message,
  extensions: { code, ...more },
})

describe('the mask', () => {
  it.each([
    ['a failure', error('connect ECONNREFUSED 10.0.0.1', 'INTERNAL_SERVER_ERROR')],
    ['an error without a code', error('relation "user" does not exist')],
    ['a code that only looks like one of ours', error('secret', 'documents.upload.too_large')],
    ['a failure of a subgraph', error('stack', 'INTERNAL_SERVER_ERROR', { serviceName: 'ai' })],
    [
      'a subgraph that refuses the query of the gateway',
      error('Cannot query field "x"', 'GRAPHQL_VALIDATION_FAILED', { serviceName: 'ai' }),
    ],
    [
      'a subgraph that refuses the identity of the gateway',
      error('used before', 'identity_refused', { serviceName: 'ai' }),
    ],
  ])('hides %s behind the request id', (_name, given) => {
    expect(open({ ...given, path: ['a', 0] }, undefined, nobody)).toEqual({
      message: 'Something went wrong on our side. Tell your administrator this number: r1',
      path: ['a', 0],
      extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: 'r1' },
    })
  })

  it.each(['documents.upload.too_large', 'not_found', 'UNAUTHENTICATED', 'FORBIDDEN', 'BAD_USER_INPUT'])(
    'lets %s of a subgraph pass',
    (code) => {
      expect(open(error('A sentence.', code, { serviceName: 'documents', stack: 'x' }), undefined, nobody)).toEqual({
        message: 'A sentence.',
        extensions: { code },
      })
    },
  )

  it('names the service that is away, and not why', () => {
    const away = new SubgraphUnreachable('ai', { cause: new Error('connect ECONNREFUSED 10.0.0.1:4004') })
    for (const thrown of [away, new GraphQLError('x', { originalError: away })]) {
      expect(open({ message: 'x' }, thrown, nobody)).toEqual({
        message: 'The ai service is not reachable right now.',
        extensions: { code: 'UNAVAILABLE', service: 'ai' },
      })
    }
  })

  it('never suggests', () => {
    expect(
      open(error('Cannot query field "titel". Did you mean "title"?', 'GRAPHQL_VALIDATION_FAILED'), undefined, nobody)
        .message,
    ).toBe('Cannot query field "titel".')
  })

  it('describes the schema to nobody who has not signed in, where it hides it', () => {
    for (const code of ['GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT']) {
      const given = {
        ...error('Field "email" of required type "String!" was not provided.', code),
        locations: [{ line: 1, column: 1 }],
      }
      expect(JSON.stringify(hiding(given, undefined, nobody))).not.toMatch(/email|line/)
      expect(hiding(given, undefined, somebody).message).toContain('email')
    }
    expect(
      hiding(error('The date is in the past.', 'BAD_USER_INPUT', { serviceName: 'documents' }), undefined, nobody)
        .message,
    ).toBe('The date is in the past.')
  })
})
