import type { Sealer } from '@archivolt/kit/crypto/sealed'
import type { CloudAuthorization, CloudConnection } from '../../prisma/client/client.ts'

/*
 * Secrets of people are sealed under a key of their own: what belongs to one opens neither for another person nor for
 * another connection of the same person.
 */
const credentialsOf = ({ id, ownerId }: Pick<CloudConnection, 'id' | 'ownerId'>) => ({
  owner: ownerId,
  field: `cloud-connection:${id}:credentials`,
})
const secretOf = ({ id }: Pick<CloudAuthorization, 'id'>, ownerId: string) => ({
  owner: ownerId,
  field: `cloud-authorization:${id}:secret`,
})

/** Tokens or passwords of an account, as the driver or the token store understands them. */
export type Credentials = Record<string, unknown>

export function sealCredentials(
  sealer: Sealer,
  connection: Pick<CloudConnection, 'id' | 'ownerId'>,
  credentials: Credentials,
): Uint8Array<ArrayBuffer> {
  return new Uint8Array(sealer.seal(JSON.stringify(credentials), credentialsOf(connection)))
}

/** @throws CannotOpenError when they were sealed for another person or connection, or with another master key */
export function openCredentials(
  sealer: Sealer,
  connection: Pick<CloudConnection, 'id' | 'ownerId'>,
  sealed: Uint8Array,
): Credentials {
  return JSON.parse(sealer.open(sealed, credentialsOf(connection))) as Credentials
}

/** The same credentials under the current master key. @throws CannotOpenError */
export function resealCredentials(
  sealer: Sealer,
  connection: Pick<CloudConnection, 'id' | 'ownerId'>,
  sealed: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const place = credentialsOf(connection)
  return new Uint8Array(sealer.seal(sealer.open(sealed, place), place))
}

export function sealAuthorization(
  sealer: Sealer,
  authorization: Pick<CloudAuthorization, 'id'>,
  ownerId: string,
  secret: object,
): Uint8Array<ArrayBuffer> {
  return new Uint8Array(sealer.seal(JSON.stringify(secret), secretOf(authorization, ownerId)))
}

/** @throws CannotOpenError */
export function openAuthorization<Secret>(
  sealer: Sealer,
  authorization: Pick<CloudAuthorization, 'id' | 'secret'>,
  ownerId: string,
): Secret {
  return JSON.parse(sealer.open(authorization.secret, secretOf(authorization, ownerId))) as Secret
}

/** The same secret under the current master key. @throws CannotOpenError */
export function resealAuthorization(
  sealer: Sealer,
  authorization: Pick<CloudAuthorization, 'id' | 'secret'>,
  ownerId: string,
): Uint8Array<ArrayBuffer> {
  const place = secretOf(authorization, ownerId)
  return new Uint8Array(sealer.seal(sealer.open(authorization.secret, place), place))
}
