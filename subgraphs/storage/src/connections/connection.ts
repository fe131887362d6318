import type { CloudConnection } from '../../prisma/client/client.ts'

export type Provider = CloudConnection['provider']
/** Providers where people give their consent at a page of the provider's own. */
export type OAuthProviderKind = Extract<Provider, 'GOOGLE_DRIVE' | 'ONEDRIVE'>

export const PROVIDERS = ['GOOGLE_DRIVE', 'ONEDRIVE', 'NEXTCLOUD', 'WEBDAV'] as const satisfies readonly Provider[]

export const PROVIDER_NAMES: Record<Provider, string> = {
  GOOGLE_DRIVE: 'Google Drive',
  ONEDRIVE: 'OneDrive',
  NEXTCLOUD: 'Nextcloud',
  WEBDAV: 'WebDAV',
}

/** Connections one person may have. */
export const MAX_CONNECTIONS = 20

/** Who does something, for rules and for the audit log. */
export interface Actor {
  userId: string
  sessionId: string
  ip: string
  requestId: string
}

/** What of a connection the audit log tells. */
export const auditTarget = (connection: Pick<CloudConnection, 'id'>) => ({
  type: 'CloudConnection',
  id: connection.id,
})

/**
 * The folder of one connection. Two people may connect one account, and one person may connect it twice after another:
 * what lies in a folder is always one connection's alone.
 */
export const folderOf = (connectionId: string): string => connectionId.slice(-12)
