import { createHmac } from 'node:crypto'
import type { Client } from './identity.ts'

/** The order matters: most browsers name others before themselves. */
const FAMILIES: readonly [RegExp, string][] = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\b(?:OPR|OPT|OPiOS|Opera)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|CriOS|HeadlessChrome|Chromium)\//, 'Chrome'],
  [/\bVersion\/[\d.]+.*\bSafari\//, 'Safari'],
]

const PLATFORMS: readonly [RegExp, string][] = [
  [/\b(?:iPhone|iPad|iPod)\b/, 'iOS'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bMac(?:intosh| OS X)\b/, 'macOS'],
  [/\b(?:Linux|X11)\b/, 'Linux'],
]

export interface Browser {
  /** `Firefox`, `Chrome` …; null for whatever is no browser. */
  family: string | null
  platform: string | null
}

/** What a `user-agent` says of browser and platform, without any version. */
export function browserOf(userAgent: string): Browser {
  const find = (names: readonly [RegExp, string][]) => names.find(([pattern]) => pattern.test(userAgent))?.[1] ?? null
  const family = find(FAMILIES)
  return { family, platform: find(PLATFORMS) }
}

/** The primary language of an `accept-language` header (RFC 9110, section 12.5.4), such as `pt`; empty without one. */
export function primaryLanguage(header: string | undefined): string {
  return /^\s*([a-z]{2,8})(?=[-,;\s]|$)/i.exec(header ?? '')?.[1]?.toLowerCase() ?? ''
}

/**
 * What an access token is bound to: browser family, platform and primary language, which an update of the browser does
 * not change, and which a token carried off to another program does not bring along. Programs that are no browsers
 * share one fingerprint, because one program may send different headers over HTTP and WebSocket.
 * @param key 32 bytes; whoever reads a token does not learn what to imitate
 */
export function fingerprintOf(key: Buffer, client: Client): string {
  const { family, platform } = browserOf(client.userAgent)
  if (family === null) return mac(key, ['program'])
  return `${mac(key, [family, platform ?? ''])}.${mac(key, ['language', client.language ?? ''])}`
}

/**
 * Whether a token with this fingerprint may come from this client. A request that names no language at all passes for
 * the same browser: not every browser names one when it opens a WebSocket.
 */
export function isFrom(key: Buffer, fingerprint: string, client: Client): boolean {
  const own = fingerprintOf(key, client)
  return fingerprint === own || (!client.language && fingerprint.split('.')[0] === own.split('.')[0])
}

const mac = (key: Buffer, parts: readonly string[]): string =>
  createHmac('sha256', key).update(JSON.stringify(parts)).digest('base64url').slice(0, 16)
