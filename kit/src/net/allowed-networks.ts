import ipaddr from 'ipaddr.js'
import { InvalidInputError } from '../errors/domain-error.ts'
import { isNeverOpened, type Cidr } from './address-policy.ts'

/**
 * The networks of `ALLOWED_NETWORKS`: `192.168.1.0/24, fd12::/48, 10.0.0.5`, set apart by commas or spaces.
 * An address alone opens itself alone. An empty text opens nothing.
 * @throws InvalidInputError naming the entry that is not usable
 */
export function parseAllowedNetworks(text: string): Cidr[] {
  return text
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map(parseNetwork)
}

function parseNetwork(entry: string): Cidr {
  const cidr = readCidr(entry.includes('/') ? entry : `${entry}/${entry.includes(':') ? 128 : 32}`)
  if (!cidr) throw bad(`"${entry}" is not a network. Write it like 192.168.1.0/24 or fd12:3456::/48`)
  if (isNeverOpened(cidr)) {
    throw bad(`"${entry}" cannot be opened: it is link-local, metadata, multicast, or IPv4 within IPv6`)
  }
  return cidr
}

function readCidr(text: string): Cidr | null {
  // Short and octal IPv4 forms mean different networks to different readers.
  const readable = text.includes(':') ? ipaddr.IPv6.isValidCIDR(text) : ipaddr.IPv4.isValidCIDRFourPartDecimal(text)
  return readable ? ipaddr.parseCIDR(text) : null
}

const bad = (message: string) => new InvalidInputError('ALLOWED_NETWORKS', message, { code: 'net.bad_network' })
