import type { Sealer } from '@archivolt/kit/crypto/sealed'
import { DomainError } from '@archivolt/kit/errors/domain-error'
import type { Logger } from '@archivolt/kit/log/logger'
import { z } from 'zod'
import type { CloudAuthorization, CloudConnection, PrismaClient } from '../../../prisma/client/client.ts'
import { CredentialsRefused } from '../../drivers/driver.errors.ts'
import { createHttp } from '../../drivers/http/http.ts'
import { requestTokens, type TokenAnswer } from '../../drivers/http/oauth.ts'
import type { DriverGround } from '../../drivers/registry.ts'
import { folderOf, PROVIDER_NAMES, type OAuthProviderKind } from '../connection.ts'
import { openAuthorization, sealAuthorization } from '../connection-secrets.ts'
import type { OAuthProvider, OAuthProviders } from '../oauth-providers.ts'
import { hashOf, oneTimeWord } from '../one-time.ts'
import { REFRESH_PACE } from '../token-store.ts'
import { forgetUnused, type AuthorizationSecret } from './begin-connection.ts'
import type { Account } from './establish-connection.ts'

interface Deps {
  db: PrismaClient
  sealer: Sealer
  ground: DriverGround
  providers: OAuthProviders
  log: Logger
  now: () => number
}

/** Why a person who comes back from a provider is not connected; part of an address, so a word and nothing more. */
export type CallbackFailure =
  /** The provider sent nothing that was begun here. */
  | 'unknown'
  | 'expired'
  /** The same answer came before. */
  | 'replayed'
  /** It answers for another provider than the one that was asked. */
  | 'wrong-provider'
  /** The person said no. */
  | 'denied'
  /** The person left the right to keep files out. */
  | 'missing-permission'
  /** The code was not taken for tokens. */
  | 'exchange-failed'
  /** The provider did not answer; trying again may help. */
  | 'unavailable'

export type CallbackResult =
  { connectionId: string; word: string } | { connectionId: string | null; failure: CallbackFailure }

export interface CallbackQuery {
  state?: string
  code?: string
  error?: string
  /** Who answers (RFC 9207). */
  iss?: string
}

/**
 * Takes what a provider sends a person back with. Whoever opens this address need not be the one who began: so the
 * account is fetched and set aside here, and connected only when the session that began it comes with the word.
 */
export const receiveCallback =
  (deps: Deps) =>
  async (slug: string, query: CallbackQuery): Promise<CallbackResult> => {
    const begun = await claim(deps, query.state ?? '')
    if (typeof begun === 'string') return { connectionId: null, failure: begun }
    const { connection } = begun
    const fail = async (failure: CallbackFailure): Promise<CallbackResult> => {
      await forgetUnused(deps.db, connection.id)
      return { connectionId: connection.backendId ? connection.id : null, failure }
    }
    const provider = deps.providers[connection.provider as OAuthProviderKind] as OAuthProvider | undefined
    if (provider?.slug !== slug || (query.iss && provider.issuer && query.iss !== provider.issuer))
      return fail('wrong-provider')
    if (begun.expiresAt.getTime() <= deps.now()) return fail('expired')
    if (query.error) return fail(query.error === 'access_denied' ? 'denied' : 'exchange-failed')
    if (!query.code) return fail('unknown')
    try {
      const account = await exchange(deps, provider, begun, query.code)
      if (account === null) return await fail('missing-permission')
      return { connectionId: connection.id, word: await setAside(deps, begun, account) }
    } catch (error) {
      if (!(error instanceof DomainError)) throw error
      deps.log.warn({ err: error, provider: slug }, 'a provider did not give out access to an account')
      return fail(error instanceof CredentialsRefused ? 'exchange-failed' : 'unavailable')
    }
  }

type Begun = CloudAuthorization & { connection: CloudConnection }

/** The authorization of this state, which is used up by it, whatever comes then. */
async function claim({ db, now }: Deps, state: string): Promise<Begun | 'unknown' | 'replayed'> {
  if (state === '' || state.length > 200) return 'unknown'
  const stateHash = hashOf(state)
  const { count } = await db.cloudAuthorization.updateMany({
    where: { stateHash, usedAt: null },
    data: { usedAt: new Date(now()) },
  })
  const row = await db.cloudAuthorization.findUnique({ where: { stateHash }, include: { connection: true } })
  if (!row) return 'unknown'
  return count === 1 ? row : 'replayed'
}

/** Null when the right to keep files is not among what was granted. */
async function exchange(deps: Deps, provider: OAuthProvider, begun: Begun, code: string): Promise<Account | null> {
  const { connection } = begun
  const secret = openAuthorization<AuthorizationSecret>(deps.sealer, begun, connection.ownerId)
  if (secret.kind !== 'oauth' || !provider.client) throw new CredentialsRefused('This way to the account has ended.')
  const name = PROVIDER_NAMES[connection.provider]
  const guard = deps.ground.openGuard()
  try {
    const http = createHttp(name, { ...REFRESH_PACE, fetch: guard.fetch })
    const answer = await requestTokens(name, http, provider.client, {
      grant_type: 'authorization_code',
      code,
      redirect_uri: secret.redirectUri,
      code_verifier: secret.verifier,
    })
    const granted = answer.scope?.split(' ') ?? provider.scopes
    // Microsoft puts the address of the service before some names.
    if (!granted.some((scope) => scope === provider.fileScope || scope.endsWith(`/${provider.fileScope}`))) return null
    const account = accountOf(connection, answer, provider.client.clientId, deps.now())
    return { ...account, forNewDocuments: secret.forNewDocuments }
  } finally {
    await guard.close()
  }
}

const claims = z.object({
  aud: z.string(),
  sub: z.string().min(1).max(255),
  email: z.string().max(320).optional(),
  preferred_username: z.string().max(320).optional(),
})

function accountOf(
  connection: CloudConnection,
  answer: TokenAnswer,
  clientId: string,
  now: number,
): Omit<Account, 'forNewDocuments'> {
  const name = PROVIDER_NAMES[connection.provider]
  const person = claims.safeParse(payloadOf(answer.id_token))
  if (!answer.refresh_token || !person.success || person.data.aud !== clientId)
    throw new CredentialsRefused(`${name} gave no lasting access to the account. Connect it again.`)
  const folder = folderOf(connection.id)
  return {
    id: person.data.sub,
    label: person.data.email ?? person.data.preferred_username ?? name,
    credentials: {
      refreshToken: answer.refresh_token,
      accessToken: answer.access_token,
      expiresAt: now + (answer.expires_in ?? 3600) * 1000,
    },
    config: connection.provider === 'GOOGLE_DRIVE' ? { folderName: `Archivolt ${folder}` } : { root: folder },
  }
}

/** The claims of an id token. It came from the provider itself over TLS, which stands in for its signature (OpenID Connect Core, 3.1.3.7). */
function payloadOf(token: string | undefined): unknown {
  try {
    return JSON.parse(Buffer.from(token?.split('.')[1] ?? '', 'base64url').toString('utf8'))
  } catch {
    return null
  }
}

/** @returns the word with which the session that began connects the account */
async function setAside(deps: Deps, begun: Begun, account: Account): Promise<string> {
  const { word, hash } = oneTimeWord()
  const secret: AuthorizationSecret = { kind: 'granted', account }
  await deps.db.cloudAuthorization.update({
    where: { id: begun.id },
    data: { finishHash: hash, secret: sealAuthorization(deps.sealer, begun, begun.connection.ownerId, secret) },
  })
  return word
}
