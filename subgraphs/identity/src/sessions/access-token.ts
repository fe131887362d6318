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
}) => Promise<AccessToken>

/** Signs an access token of 15 minutes in the profile of RFC 9068 (`at+jwt`), ES256. */
export const issueAccessToken =
  (deps: { keys: SigningKeys; now: () => number }): IssueAccessToken =>
  async (subject) => {
    const { kid, key } = await deps.keys.current()
    const issuedAt = Math.floor(deps.now() / 1000)
    const expiresAt = issuedAt + ACCESS_TOKEN_MS / 1000
    const accessToken = await new SignJWT({ sid: subject.sessionId, role: subject.role, groups: subject.groups })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid })
      .setIssuer('archivolt')
      .setAudience('archivolt')
      .setSubject(subject.userId)
      .setJti(randomUUID())
      .setIssuedAt(issuedAt)
      .setExpirationTime(expiresAt)
      .sign(key)
    return { accessToken, expiresAt: new Date(expiresAt * 1000) }
  }
