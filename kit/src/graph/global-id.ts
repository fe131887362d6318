import { InvalidInputError } from '../errors/domain-error.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** The opaque id that clients see: unique over all types, the same in every service. */
export function toGlobalId(type: string, id: string): string {
  return Buffer.from(`${type}:${id}`).toString('base64url')
}

/**
 * The row id behind a global id of `type`, or null when it is none: to an outsider a malformed id, an id of another
 * type and an id of nothing are the same thing.
 */
export function fromGlobalId(type: string, globalId: string): string | null {
  if (globalId.length > 200) return null
  const text = Buffer.from(globalId, 'base64url').toString('utf8')
  if (!text.startsWith(`${type}:`)) return null
  const id = text.slice(type.length + 1)
  return UUID.test(id) ? id : null
}

/** Like fromGlobalId, for input fields. @throws InvalidInputError naming the field. */
export function requireGlobalId(type: string, field: string, globalId: string): string {
  const id = fromGlobalId(type, globalId)
  if (id === null) throw new InvalidInputError(field, `This is not the id of a ${type}.`)
  return id
}
