import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

type Address = ipaddr.IPv4 | ipaddr.IPv6

/** A network: its address and the length of its prefix. */
export type Cidr = readonly [Address, number]

/** `public`: on the internet. `opened`: in a network of the allow-list. `refused`: neither, or never to be contacted. */
export type Verdict = 'public' | 'opened' | 'refused'

const network = (text: string): Cidr => ipaddr.parseCIDR(text)

/** What no allow-list opens, not even `0.0.0.0/0`: nothing a person would name lives there, and the keys of clouds do. */
const NEVER = [
  '0.0.0.0/8', // "This host": Linux connects it to loopback
  '169.254.0.0/16', // Link-local: the metadata of nearly every cloud
  '100.100.100.200/32', // Metadata: Alibaba
  '168.63.129.16/32', // Metadata: Azure, a public address by its look
  '192.0.0.192/32', // Metadata: Oracle
  '224.0.0.0/4', // Multicast
  '255.255.255.255/32', // Broadcast
  '::/128', // Unspecified
  'fe80::/10', // Link-local
  'ff00::/8', // Multicast
  'fd00:ec2::/32', // Metadata: AWS
  'fd20:ce::254/128', // Metadata: Google
  'fd00:c1::a9fe:a9fe/128', // Metadata: Oracle
  'fd00:42::42/128', // Metadata: Scaleway
  'fd00:a9fe:a9fe::/64', // Metadata: Akamai
].map(network)

/** IPv6 that stands for an IPv4 address as such: it is judged as that address. */
const STANDS_FOR_IPV4 = ['::ffff:0:0/96', '64:ff9b::/96'].map(network)

/** IPv6 that leads to an IPv4 address by a tunnel or a translator, which would judge nothing. Never contacted. */
const LEADS_TO_IPV4 = [
  '::/96', // IPv4-compatible
  '::ffff:0:0:0/96', // IPv4-translated
  '64:ff9b:1::/48', // NAT64 of a private network
  '2001::/32', // Teredo
  '2002::/16', // 6to4
].map(network)

/** The part of IPv6 that is given out for the internet; all the rest is reserved, whatever tables of ranges know of it. */
const GLOBAL_IPV6 = [network('2000::/3')]

/** Names of metadata services. They resolve to refused addresses, unless somebody's DNS says otherwise. */
const METADATA_HOSTS = new Set([
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'metadata.azure.internal',
  'metadata.tencentyun.com',
  'metadata.oraclecloud.com',
  'instance-data',
  'instance-data.ec2.internal',
])

/** Judges one IP address as text, such as DNS or a socket gives it. What is no IP address is refused. */
export function judgeAddress(text: string, allowed: readonly Cidr[]): Verdict {
  const given = parse(text)
  if (!given) return 'refused'
  const address = isIn(given, STANDS_FOR_IPV4) ? lastFourBytes(given) : given
  if (isIn(address, NEVER)) return 'refused'
  if (address.range() !== 'loopback' && isIn(address, LEADS_TO_IPV4)) return 'refused'
  if (isIn(address, allowed)) return 'opened'
  if (address.kind() === 'ipv6' && !isIn(address, GLOBAL_IPV6)) return 'refused'
  return address.range() === 'unicast' ? 'public' : 'refused'
}

function parse(text: string): Address | null {
  const family = isIP(text)
  if (family === 0) return null
  if (family === 4) return ipaddr.parse(text)
  // In digits of its own first: the parser takes the dotted `::8.8.8.8` for another address, `::ffff:8.8.8.8`.
  const { hostname } = new URL(`http://[${text.replace(/%.*$/, '')}]`)
  return ipaddr.parse(hostname.slice(1, -1))
}

/** True for the name of a metadata service, however it is written. */
export function isMetadataHost(host: string): boolean {
  return METADATA_HOSTS.has(host.toLowerCase().replace(/\.+$/, ''))
}

/** True when the whole network lies where no allow-list reaches, so that opening it would do nothing. */
export function isNeverOpened([address, prefix]: Cidr): boolean {
  return [...NEVER, ...STANDS_FOR_IPV4, ...LEADS_TO_IPV4].some(
    (never) => never[1] <= prefix && isIn(address, [never]) && !(address.range() === 'loopback'),
  )
}

function isIn(address: Address, networks: readonly Cidr[]): boolean {
  return networks.some(([base, prefix]) => base.kind() === address.kind() && address.match(base, prefix))
}

function lastFourBytes(address: Address): ipaddr.IPv4 {
  return new ipaddr.IPv4(address.toByteArray().slice(-4))
}
