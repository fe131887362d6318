import { IDLE_MS } from './session.ts'

export interface RefreshCookie {
  set(token: string): string
  clear(): string
  /** The token in a `cookie` header, or null. */
  read(header: string | undefined): string | null
}

/**
 * The refresh cookie. Wherever browsers treat the origin as secure (https, localhost) it has the `__Host-` prefix;
 * on a plain-HTTP network such a cookie would be dropped, so there it is plain, and the start warns of it.
 */
export function createRefreshCookie(publicUrl: string): RefreshCookie {
  const secure = isSecureOrigin(publicUrl)
  const name = secure ? '__Host-archivolt_refresh' : 'archivolt_refresh'
  const attributes = `Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`
  return {
    set: (token) => `${name}=${token}; ${attributes}; Max-Age=${IDLE_MS / 1000}`,
    clear: () => `${name}=; ${attributes}; Max-Age=0`,
    read: (header) => {
      for (const pair of header?.split(';') ?? []) {
        const [key, value] = pair.trim().split('=', 2)
        if (key === name && value) return value
      }
      return null
    },
  }
}

/** Whether browsers accept Secure cookies from this address. */
export function isSecureOrigin(publicUrl: string): boolean {
  const { protocol, hostname } = new URL(publicUrl)
  return protocol === 'https:' || hostname === 'localhost' || hostname.endsWith('.localhost')
}
