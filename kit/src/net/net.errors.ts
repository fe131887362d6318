import { DomainError } from '../errors/domain-error.ts'

/**
 * The address is not one that may be contacted. The sentence names the host as it was asked for and never what it
 * resolved to: whoever types names must not learn the map of the network from the answers.
 */
export class AddressRefusedError extends DomainError {
  constructor(host: string) {
    super(
      'net.address_refused',
      `${host} is not on the public internet, so it is not contacted. ` +
        'An administrator can open the network it is in with ALLOWED_NETWORKS.',
    )
  }
}

/** Plain http would carry credentials readably over the internet. */
export class InsecureAddressError extends DomainError {
  constructor(host: string) {
    super(
      'net.insecure_address',
      `${host} is contacted over https only. ` +
        'Plain http is for networks that an administrator has opened with ALLOWED_NETWORKS.',
    )
  }
}

/** The other side sends the request somewhere it will not be taken. */
export class RedirectRefusedError extends DomainError {
  constructor(why: string) {
    super('net.redirect_refused', `The address redirects ${why}. Give the address it leads to instead.`)
  }
}

/** A connection was not made, or fell silent, in the time it had. `code` is the one Node uses, so that clients know it. */
export class ConnectionTimeoutError extends Error {
  readonly code = 'ETIMEDOUT'
  constructor(what: string) {
    super(what)
    this.name = 'ConnectionTimeoutError'
  }
}
