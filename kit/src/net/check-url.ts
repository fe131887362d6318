import { InvalidInputError } from '../errors/domain-error.ts'
import { judgeHost, type HostPolicy } from './judge-host.ts'

/** Ports where something other than the web listens, which might take a request for its own commands. */
const OTHER_PROTOCOLS = new Set([
  ...[1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109],
  ...[110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 445, 465, 512, 513, 514, 515, 526],
  ...[530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1433, 1521, 1719, 1720, 1723, 2049],
  ...[3306, 3389, 3659, 4045, 4190, 5060, 5061, 5432, 6000, 6379, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697],
  ...[9042, 10080, 11211, 27017],
])

/**
 * The address a person typed in, as `URL` understands it, fit to be saved. This is a courtesy to that person: they hear
 * at once what is wrong. The guard is in the connections, which judge again, since names change.
 * Plain http passes only where all addresses of the host lie within the allow-list.
 * @throws InvalidInputError for `field`, AddressRefusedError, InsecureAddressError
 */
export async function checkOutboundUrl(text: string, policy: HostPolicy, field = 'url'): Promise<URL> {
  const bad = (code: string, message: string) => new InvalidInputError(field, message, { code })
  const url = URL.parse(text.trim())
  if (!url || url.hostname === '' || !/^https?:$/.test(url.protocol)) {
    throw bad('net.bad_url', 'This is not a web address. It begins with https:// and a host.')
  }
  if (url.username !== '' || url.password !== '') {
    throw bad('net.bad_url', 'Leave user name and password out of the address; they have fields of their own.')
  }
  if (url.port === '0' || OTHER_PROTOCOLS.has(Number(url.port))) {
    throw bad('net.bad_port', `Port ${url.port} belongs to another protocol than the web.`)
  }
  try {
    await judgeHost(url.hostname, url.protocol === 'https:', policy)
  } catch (error) {
    if (!isLookupFailure(error)) throw error
    throw bad('net.host_not_found', `${url.hostname} was not found. Check the spelling.`)
  }
  url.hash = ''
  return url
}

/** What `dns.lookup` throws: no such name, or no answer to the question. */
function isLookupFailure(error: unknown): boolean {
  return ['ENOTFOUND', 'ENODATA', 'EAI_AGAIN', 'EAI_NODATA'].includes((error as { code?: string }).code ?? '')
}
