import { hashDevice } from './device.ts'
import { IDLE_MS } from './session.ts'

export interface SessionCookies {
  /** A `set-cookie` value with the refresh token. */
  refresh(token: string): string
  clearRefresh(): string
  /** A `set-cookie` value with the id of the device, which outlives the session. */
  device(id: string): string
  /** The refresh token in a `cookie` header, or null. */
  readRefresh(header: string | undefined): string | null
  /** The device id in a `cookie` header, or null for none that was ever given. */
  readDevice(header: string | undefined): string | null
}

/** As long as browsers keep a cookie at most (RFC 6265bis, section 5.5). */
const DEVICE_SECONDS = 400 * 86_400

/**
 * The cookies of signing in. Wherever browsers treat the origin as secure (https, localhost) they have the `__Host-`
 * prefix; on a plain-HTTP network such cookies would be dropped, so there they are plain, and the start warns of it.
 */
export function createSessionCookies(publicUrl: string): SessionCookies {
  const secure = isSecureOrigin(publicUrl)
  const prefix = secure ? '__Host-' : ''
  const names = { refresh: `${prefix}archivolt_refresh`, device: `${prefix}archivolt_device` }
  const attributes = `Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`
  return {
    refresh: (token) => `${names.refresh}=${token}; ${attributes}; Max-Age=${IDLE_MS / 1000}`,
    clearRefresh: () => `${names.refresh}=; ${attributes}; Max-Age=0`,
    device: (id) => `${names.device}=${id}; ${attributes}; Max-Age=${DEVICE_SECONDS}`,
    readRefresh: (header) => read(header, names.refresh),
    readDevice: (header) => {
      const id = read(header, names.device)
      return hashDevice(id) ? id : null
    },
  }
}

function read(header: string | undefined, name: string): string | null {
  for (const pair of header?.split(';') ?? []) {
    const [key, value] = pair.trim().split('=', 2)
    if (key === name && value) return value
  }
  return null
}

/** Whether browsers accept Secure cookies from this address. */
export function isSecureOrigin(publicUrl: string): boolean {
  const { protocol, hostname } = new URL(publicUrl)
  return protocol === 'https:' || hostname === 'localhost' || hostname.endsWith('.localhost')
}
