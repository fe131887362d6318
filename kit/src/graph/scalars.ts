import { GraphQLError, Kind, type ValueNode } from 'graphql'

const refuse = (message: string): never => {
  throw new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } })
}

/** ISO 8601 instant with an offset, as RFC 3339 narrows it: a date alone or a local time is not an instant. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/i

export const dateTimeScalar = {
  description: 'An instant as ISO 8601 text; answers are in UTC.',
  specifiedByURL: 'https://scalars.graphql.org/andimarek/date-time.html',
  serialize: (value: unknown): string =>
    (value instanceof Date ? value : new Date(value as string | number)).toISOString(),
  parseValue: (value: unknown): Date => {
    if (typeof value !== 'string' || !INSTANT.test(value) || Number.isNaN(Date.parse(value))) {
      return refuse('A DateTime is ISO 8601 text such as "2025-10-09T08:30:00Z".')
    }
    return new Date(value)
  },
}

const LARGEST = Number.MAX_SAFE_INTEGER

function toByteCount(value: unknown): number {
  const number = typeof value === 'bigint' || typeof value === 'string' ? Number(value) : value
  if (typeof number !== 'number' || !Number.isInteger(number) || number < 0 || number > LARGEST) {
    return refuse('A ByteCount is a whole number of bytes from 0 to 9007199254740991.')
  }
  return number
}

export const byteCountScalar = {
  description:
    'A whole number of bytes, beyond 32 bits; up to 9007199254740991, the largest whole number JSON readers agree on. Text such as "123" is accepted too.',
  serialize: (value: unknown): number => toByteCount(value),
  parseValue: (value: unknown): number =>
    toByteCount(typeof value === 'string' && !/^\d{1,16}$/.test(value) ? NaN : value),
  parseLiteral: (node: ValueNode): number =>
    node.kind === Kind.INT || node.kind === Kind.STRING
      ? toByteCount(node.value)
      : refuse('A ByteCount is a whole number.'),
}

/** Any JSON value, for what has a schema of its own. */
export const jsonScalar = {
  description: 'Any JSON value.',
  serialize: (value: unknown): unknown => value,
  parseValue: (value: unknown): unknown => value,
  parseLiteral: (): unknown => refuse('Give JSON as a variable.'),
}
