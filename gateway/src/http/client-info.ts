import type { IncomingMessage } from 'node:http'
import { isIPv4, isIPv6 } from 'node:net'
import { primaryLanguage } from '@archivolt/kit/identity/fingerprint'
import type { ClientInfo } from '../context.ts'

const MAX_USER_AGENT = 500

/**
 * Who asks, as far as the connection tells.
 * @param proxies how many proxies of ours stand in front: each appended one address to `x-forwarded-for`, and
 *   whatever a client wrote before those is ignored
 */
export function clientInfo(request: IncomingMessage, proxies: number): ClientInfo {
  const forwarded = [request.headers['x-forwarded-for'] ?? []].flat().join(',')
  const hops = [
    ...forwarded
      .split(',')
      .map((hop) => hop.trim())
      .filter(Boolean),
    request.socket.remoteAddress ?? '',
  ]
  const ip = plain(hops.at(-1 - Math.min(proxies, hops.length - 1)) ?? '')
  return {
    ip,
    userAgent: (request.headers['user-agent'] ?? '').slice(0, MAX_USER_AGENT),
    language: primaryLanguage(request.headers['accept-language']),
  }
}

/** An IPv4 address as it is written usually; anything that is no address becomes `unknown`. */
function plain(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped) return mapped
  return isIPv4(address) || isIPv6(address) ? address : 'unknown'
}
