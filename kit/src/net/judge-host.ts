import type { LookupAddress } from 'node:dns'
import { lookup as dnsLookup } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'
import { isMetadataHost, judgeAddress, type Cidr } from './address-policy.ts'
import { AddressRefusedError, InsecureAddressError } from './net.errors.ts'

/** All addresses of a name. @throws as `dns.lookup` does when there is none */
export type Lookup = (host: string) => Promise<LookupAddress[]>

/** All A and AAAA answers of the system's resolver, which also knows the hosts file. */
export const systemLookup: Lookup = (host) => dnsLookup(host, { all: true, order: 'verbatim' })

export interface HostPolicy {
  /** Networks opened by an administrator. */
  allowed: readonly Cidr[]
  /** @default systemLookup */
  lookup?: Lookup
}

/**
 * Why `host` is not contacted when it is an address itself: those never reach a lookup, so they are judged before.
 * Null when it may be contacted, or is a name.
 */
export function refusalOfLiteral(host: string, secure: boolean, policy: HostPolicy): Error | null {
  const literal = literalOf(host)
  if (!literal) return null
  try {
    judgeAddresses(host, [literal], secure, policy.allowed)
    return null
  } catch (error) {
    return error as Error
  }
}

/** The address itself when `host` is one, brackets or not; null for a name. */
function literalOf(host: string): LookupAddress | null {
  const address = host.replace(/^\[(.*)\]$/, '$1')
  const family = isIP(address)
  return family === 0 ? null : { address, family }
}

/**
 * The addresses of `host`, all of them fit to be connected to. One bad answer among good ones refuses the name: which
 * of them a client takes is not in its hands, and honest names do not mix.
 * @throws AddressRefusedError, InsecureAddressError, or what the lookup throws
 */
export async function judgeHost(host: string, secure: boolean, policy: HostPolicy): Promise<LookupAddress[]> {
  if (isMetadataHost(host)) throw new AddressRefusedError(host)
  const literal = literalOf(host)
  const addresses = literal ? [literal] : await (policy.lookup ?? systemLookup)(host)
  if (addresses.length === 0) throw noAddress(host)
  judgeAddresses(host, addresses, secure, policy.allowed)
  return addresses
}

/**
 * A lookup for `net.connect` that judges. What it answers is what the socket connects to: there is no second question
 * to DNS, whose answer could differ. Answers of the address family that was not asked for are judged too.
 */
export function judgingLookup(secure: boolean, policy: HostPolicy): LookupFunction {
  return (host, { all, family }, callback) => {
    const wanted = { IPv4: 4, IPv6: 6 }[family as string] ?? family
    judgeHost(host, secure, policy).then(
      (addresses) => {
        const fitting = wanted ? addresses.filter((one) => one.family === wanted) : addresses
        const [first] = fitting
        if (!first) callback(noAddress(host), [])
        else if (all) callback(null, fitting)
        else callback(null, first.address, first.family)
      },
      (error: Error) => callback(error, []),
    )
  }
}

/** As `dns.lookup` says it. */
const noAddress = (host: string) => Object.assign(new Error(`no address for ${host}`), { code: 'ENOTFOUND' })

function judgeAddresses(host: string, addresses: readonly LookupAddress[], secure: boolean, allowed: readonly Cidr[]) {
  const verdicts = addresses.map(({ address }) => judgeAddress(address, allowed))
  if (verdicts.includes('refused')) throw new AddressRefusedError(host)
  if (!secure && verdicts.includes('public')) throw new InsecureAddressError(host)
}
