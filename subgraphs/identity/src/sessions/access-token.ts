import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { ACCESS_TOKEN_MS } from './session.ts'
import type { SigningKeys } from './signing-keys.ts'

export interface AccessToken {
  accessToken: string
  expiresAt: Date
}

export type IssueAccessToken = (subject: {
  userId: string
  sessionId: string
  role: 'ADMIN' | 'USER'
  groups: string[]
  fingerprint: string
}) => Promise<AccessToken>

/**
 * Signs an access token of 15 minutes in the profile of RFC 9068 (`at+jwt`), ES256. `fgp` is what its client must look
 * like (see kit/identity/fingerprint).
 */
export const issueAccessToken =
  (deps: { keys: SigningKeys; now: () => number }): IssueAccessToken =>
  async ({ userId, sessionId, role, groups, fingerprint }) => {
    const { kid, key } = await deps.keys.current()
    const issuedAt = Math.floor(deps.now() / 1000)
    const expiresAt = issuedAt + ACCESS_TOKEN_MS / 1000
    const accessToken = await new SignJWT({ sid: sessionId, role, groups, fgp: fingerprint })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid })
      .setIssuer('archivolt')
      .setAudience('archivolt')
      .setSubject(userId)
      .setJti(randomUUID())
      .setIssuedAt(issuedAt)
      .setExpirationTime(expiresAt)
      .sign(key)
    return { accessToken, expiresAt: new Date(expiresAt * 1000) }
  }
