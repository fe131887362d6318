import { randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT, type JSONWebKeySet, type JWTPayload } from 'jose'

export const USER_ID = '3f0c1f4e-8f4b-4c39-9a55-0f6f2a4f8a11'

/** Signs access tokens as identity does. */
export async function createIssuer(kid = 'k1') {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwks: JSONWebKeySet = { keys: [{ ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' }] }
  const payload = (over: JWTPayload = {}): JWTPayload => {
    const seconds = Math.floor(Date.now() / 1000)
    return {
      iss: 'archivolt',
      aud: 'archivolt',
      sub: USER_ID,
      sid: 's1',
      role: 'USER',
      groups: [],
      jti: randomUUID(),
      iat: seconds,
      exp: seconds + 900,
      ...over,
    }
  }
  return {
    jwks,
    privateKey,
    publicKey,
    payload,
    token: (over: JWTPayload = {}, header: Record<string, unknown> = {}): Promise<string> =>
      new SignJWT(payload(over)).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid, ...header }).sign(privateKey),
  }
}
