import { CannotOpenError, WrongMasterKeyError } from './crypto.errors.ts'
import type { Sealer } from './sealed.ts'

/** No id of a person or thing looks like this. */
const PLACE = { owner: '(master key)', field: 'check' }
const CONSTANT = 'this key opens what is stored here'

/**
 * A sealed constant, to be stored beside the first secret, once. After a change of the master key it is stored anew as
 * the last step, when `needsReseal` is true for no secret any more: until then the old key must stay known.
 */
export function createKeyCheck(sealer: Sealer): Buffer {
  return sealer.seal(CONSTANT, PLACE)
}

/** For the start: a wrong master key stops it, before anything is sealed with it. @throws WrongMasterKeyError */
export function verifyKeyCheck(sealer: Sealer, stored: Uint8Array): void {
  try {
    if (sealer.open(stored, PLACE) !== CONSTANT) throw new CannotOpenError()
  } catch (error) {
    throw error instanceof CannotOpenError ? new WrongMasterKeyError() : error
  }
}
