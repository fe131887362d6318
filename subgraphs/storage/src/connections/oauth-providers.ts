import type { OAuthClient } from '../drivers/http/oauth.ts'
import type { OAuthProviderKind } from './connection.ts'

/** How this vault is registered with a provider. The addresses differ from the provider's own in tests alone. */
export interface CloudSettings {
  google: { clientId?: string; clientSecret?: string; authorizeUrl: string; tokenUrl: string; revokeUrl: string }
  onedrive: { clientId?: string; clientSecret?: string; tenantId: string; loginUrl: string }
}

export interface OAuthProvider {
  /** In the address of the callback. */
  slug: string
  authorizeUrl: string
  /** Null while the operator has not registered the vault; `missing` names what to set. */
  client: OAuthClient | null
  missing: string
  /** What is asked for. */
  scopes: readonly string[]
  /** Without this one nothing can be stored. People may leave it out at the provider's page. */
  fileScope: string
  /** What the provider wants to hear beside the standard. */
  extra: Record<string, string>
  /** Who answers, where the provider says so in its answer (RFC 9207). */
  issuer: string | null
  /** Where a token is given back; null where the provider has no such place. */
  revokeUrl: string | null
}

export type OAuthProviders = Record<OAuthProviderKind, OAuthProvider>

/** The least that does: files this vault made itself, who the account is, and access while the person is away. */
export function oauthProviders({ google, onedrive }: CloudSettings): OAuthProviders {
  const tenant = `${onedrive.loginUrl.replace(/\/+$/, '')}/${encodeURIComponent(onedrive.tenantId)}/oauth2/v2.0`
  const driveFile = 'https://www.googleapis.com/auth/drive.file'
  return {
    GOOGLE_DRIVE: {
      slug: 'google-drive',
      authorizeUrl: google.authorizeUrl,
      client: clientOf(google.tokenUrl, google),
      missing: 'GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET',
      scopes: ['openid', 'email', driveFile],
      fileScope: driveFile,
      // Google gives a refresh token only when it asks for consent, and otherwise none the second time.
      extra: { access_type: 'offline', prompt: 'consent' },
      issuer: 'https://accounts.google.com',
      revokeUrl: google.revokeUrl,
    },
    ONEDRIVE: {
      slug: 'onedrive',
      authorizeUrl: `${tenant}/authorize`,
      client: clientOf(`${tenant}/token`, onedrive),
      missing: 'ONEDRIVE_CLIENT_ID and ONEDRIVE_CLIENT_SECRET',
      scopes: ['openid', 'email', 'profile', 'offline_access', 'Files.ReadWrite.AppFolder'],
      fileScope: 'Files.ReadWrite.AppFolder',
      extra: { prompt: 'select_account', response_mode: 'query' },
      issuer: null,
      revokeUrl: null,
    },
  }
}

function clientOf(tokenUrl: string, given: { clientId?: string; clientSecret?: string }): OAuthClient | null {
  return given.clientId ? { tokenUrl, clientId: given.clientId, clientSecret: given.clientSecret } : null
}
