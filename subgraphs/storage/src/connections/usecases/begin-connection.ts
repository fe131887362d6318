import { randomBytes } from 'node:crypto'
import type { Sealer } from '@archivolt/kit/crypto/sealed'
import { InvalidInputError, NotFoundError, RateLimitedError } from '@archivolt/kit/errors/domain-error'
import { checkOutboundUrl } from '@archivolt/kit/net/check-url'
import type { RateLimits } from '@archivolt/kit/shared-state/rate-limits'
import { v7 as uuidv7 } from 'uuid'
import type { CloudConnection, PrismaClient } from '../../../prisma/client/client.ts'
import { beginLogin } from '../../drivers/nextcloud/login-flow.ts'
import { checkAddresses, parseConfig, splitSecrets, type DriverGround } from '../../drivers/registry.ts'
import { checkName } from '../../backends/usecases/add-backend.ts'
import { cloudUnusable } from '../cloud-unusable.ts'
import { CloudNotConfiguredError, TooManyConnectionsError } from '../connection.errors.ts'
import {
  folderOf,
  MAX_CONNECTIONS,
  PROVIDER_NAMES,
  type Actor,
  type OAuthProviderKind,
  type Provider,
} from '../connection.ts'
import { sealAuthorization } from '../connection-secrets.ts'
import type { OAuthProviders } from '../oauth-providers.ts'
import { challengeOf, oneTimeWord } from '../one-time.ts'
import type { Account } from './establish-connection.ts'

interface Deps {
  db: PrismaClient
  sealer: Sealer
  ground: DriverGround
  providers: OAuthProviders
  rateLimits: RateLimits
  /** The public address of the API, which providers send people back to. */
  backendUrl: string
  establish(begun: CloudConnection, account: Account, actor: Actor): Promise<CloudConnection>
  now: () => number
}

export interface NewConnection {
  provider: Provider
  name?: string | null
  /** The connection to be connected again; a new one without it. */
  connectionId?: string | null
  useForNewDocuments?: boolean | null
  /** For Nextcloud and WebDAV: address, and user name with password where the person gives them. */
  config: Record<string, unknown>
}

/** A connection, and the page to open where the account's owner has yet to allow it. */
export interface BegunConnection {
  connection: CloudConnection
  authorizeUrl: string | null
}

/** What the second step of an authorization needs. */
export type AuthorizationSecret =
  | { kind: 'oauth'; verifier: string; redirectUri: string; forNewDocuments: boolean }
  | { kind: 'login'; url: string; root: string; poll: { endpoint: string; token: string }; forNewDocuments: boolean }
  | { kind: 'granted'; account: Account }

/** People read the page of the provider, look for their second factor, and may stop to think. */
const LIFETIME_MS = 15 * 60_000
/** Each makes this machine call an address that somebody typed in. */
const LIMIT = { points: 30, windowSeconds: 3600 }

/**
 * Begins to connect an account, or connects it at once where the person gives a password.
 * @throws InvalidInputError, NotFoundError, RateLimitedError, CloudNotConfiguredError, CloudUnusableError,
 *   TooManyConnectionsError
 */
export const beginConnection =
  (deps: Deps) =>
  async (input: NewConnection, actor: Actor): Promise<BegunConnection> => {
    const { allowed, retryAfterSeconds } = await deps.rateLimits.consume(`connect-cloud:${actor.userId}`, LIMIT)
    if (!allowed) throw new RateLimitedError(retryAfterSeconds)
    const forNewDocuments = input.useForNewDocuments ?? false
    if (isOAuth(input.provider)) {
      const provider = deps.providers[input.provider]
      if (!provider.client) throw new CloudNotConfiguredError(input.provider, provider.missing)
      const connection = await connectionFor(deps, input, actor)
      return { connection, authorizeUrl: await beginOAuth(deps, input.provider, connection, forNewDocuments, actor) }
    }
    const flow = input.provider === 'NEXTCLOUD' && !input.config.username && !input.config.appPassword
    const given = await checkConfig(deps, input.provider, input.config, flow).catch((error: unknown) => {
      throw cloudUnusable(error)
    })
    const connection = await connectionFor(deps, input, actor)
    try {
      if (flow) {
        return { connection, authorizeUrl: await beginNextcloud(deps, given, connection, forNewDocuments, actor) }
      }
      const account = { ...accountOf(input.provider, given, connection.id), forNewDocuments }
      return { connection: await deps.establish(connection, account, actor), authorizeUrl: null }
    } catch (error) {
      await forgetUnused(deps.db, connection.id)
      throw cloudUnusable(error)
    }
  }

/** A connection that nothing has come of: no place, nothing under way. */
export async function forgetUnused(db: PrismaClient, connectionId: string): Promise<void> {
  await db.cloudConnection.deleteMany({ where: { id: connectionId, backendId: null } })
}

function isOAuth(provider: Provider): provider is OAuthProviderKind {
  return provider === 'GOOGLE_DRIVE' || provider === 'ONEDRIVE'
}

async function connectionFor(deps: Deps, input: NewConnection, actor: Actor): Promise<CloudConnection> {
  if (input.connectionId) {
    const known = await deps.db.cloudConnection.findFirst({
      where: { id: input.connectionId, ownerId: actor.userId, provider: input.provider },
    })
    if (!known) throw new NotFoundError('The connection')
    return known
  }
  const name = checkName(input.name ?? PROVIDER_NAMES[input.provider])
  return deps.db.$transaction(async (tx) => {
    // The count and what follows from it are one step for each person.
    await tx.$queryRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`connections/${actor.userId}`}, 0))::text`
    const count = await tx.cloudConnection.count({ where: { ownerId: actor.userId } })
    if (count >= MAX_CONNECTIONS) throw new TooManyConnectionsError(MAX_CONNECTIONS)
    return tx.cloudConnection.create({ data: { ownerId: actor.userId, provider: input.provider, name } })
  })
}

async function beginOAuth(
  deps: Deps,
  kind: OAuthProviderKind,
  connection: CloudConnection,
  forNewDocuments: boolean,
  actor: Actor,
): Promise<string> {
  const provider = deps.providers[kind]
  const state = oneTimeWord()
  const verifier = randomBytes(32).toString('base64url')
  const redirectUri = callbackUrl(deps.backendUrl, provider.slug)
  const secret = { kind: 'oauth' as const, verifier, redirectUri, forNewDocuments }
  await keepAuthorization(deps, connection, actor, secret, state.hash)
  const url = new URL(provider.authorizeUrl)
  const query = {
    response_type: 'code',
    client_id: provider.client?.clientId ?? '',
    redirect_uri: redirectUri,
    scope: provider.scopes.join(' '),
    state: state.word,
    code_challenge: challengeOf(verifier),
    code_challenge_method: 'S256',
    ...provider.extra,
    // The account it was, so that nobody renews another by mistake.
    ...(connection.accountLabel && { login_hint: connection.accountLabel }),
  }
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  return url.href
}

/** Registered with the provider to the letter. */
export const callbackUrl = (backendUrl: string, slug: string): string =>
  `${backendUrl.replace(/\/+$/, '')}/api/cloud/${slug}/callback`

async function beginNextcloud(
  deps: Deps,
  given: Record<string, unknown>,
  connection: CloudConnection,
  forNewDocuments: boolean,
  actor: Actor,
): Promise<string> {
  const guard = deps.ground.openGuard()
  try {
    const url = String(given.url)
    const { loginUrl, poll } = await beginLogin(url, { fetch: guard.fetch })
    const root = String(given.root ?? '')
    await keepAuthorization(deps, connection, actor, { kind: 'login', url, root, poll, forNewDocuments }, null)
    return loginUrl
  } finally {
    await guard.close()
  }
}

async function keepAuthorization(
  { db, sealer, now }: Deps,
  connection: CloudConnection,
  actor: Actor,
  secret: AuthorizationSecret,
  stateHash: Uint8Array<ArrayBuffer> | null,
): Promise<void> {
  const id = uuidv7()
  const row = {
    id,
    connectionId: connection.id,
    sessionId: actor.sessionId,
    stateHash,
    secret: sealAuthorization(sealer, { id }, connection.ownerId, secret),
    expiresAt: new Date(now() + LIFETIME_MS),
  }
  // What was begun before ends here: one way at a time leads to an account.
  await db.$transaction([
    db.cloudAuthorization.deleteMany({ where: { connectionId: connection.id } }),
    db.cloudAuthorization.create({ data: row }),
  ])
}

/** The configuration as the driver takes it, its address judged. @throws InvalidInputError, AddressRefusedError, InsecureAddressError */
async function checkConfig(
  deps: Deps,
  provider: 'NEXTCLOUD' | 'WEBDAV',
  config: Record<string, unknown>,
  flow: boolean,
): Promise<Record<string, unknown>> {
  if (flow) {
    if (typeof config.url !== 'string' || config.url === '') throw new InvalidInputError('config.url', 'Fill in "url".')
    const url = await checkOutboundUrl(config.url, deps.ground.policy, 'config.url')
    const parsed = parseConfig(provider, { ...config, url: url.href, username: 'unknown', appPassword: 'unknown' })
    return { url: parsed.url, root: config.root }
  }
  const parsed = parseConfig(provider, config)
  await checkAddresses(provider, parsed, deps.ground)
  return { ...parsed, root: config.root }
}

/** A Nextcloud or WebDAV account: its address and user name are its identity. */
export function accountOf(
  provider: 'NEXTCLOUD' | 'WEBDAV',
  given: Record<string, unknown>,
  connectionId: string,
): Omit<Account, 'forNewDocuments'> {
  const above = typeof given.root === 'string' && given.root.trim() !== '' ? given.root.trim() : 'Archivolt'
  const root = `${above.replace(/^\/+|\/+$/g, '')}/${folderOf(connectionId)}`
  const { shown, secrets } = splitSecrets(provider, parseConfig(provider, { ...given, root }))
  const url = new URL(String(shown.url))
  const address = `${url.host}${url.pathname.replace(/\/+$/, '')}`
  return {
    id: `${String(given.username)}@${address}`,
    label: `${String(given.username)} at ${url.host}`,
    credentials: secrets,
    config: shown,
  }
}
