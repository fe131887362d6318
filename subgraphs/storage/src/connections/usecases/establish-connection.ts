import { recordAudit } from '@archivolt/kit/audit/record-audit'
import type { Sealer } from '@archivolt/kit/crypto/sealed'
import { v7 as uuidv7 } from 'uuid'
import type { CloudConnection, Prisma, PrismaClient } from '../../../prisma/client/client.ts'
import { probe, type ProbeReport } from '../../backends/probe.ts'
import { healthy } from '../../backends/usecases/add-backend.ts'
import type { KeptTokens } from '../../drivers/http/tokens.ts'
import type { DriverGround } from '../../drivers/registry.ts'
import { claimPlace, confirmPlace } from '../../vault/marker.ts'
import { cloudUnusable } from '../cloud-unusable.ts'
import { CloudUnusableError } from '../connection.errors.ts'
import { auditTarget, PROVIDER_NAMES, type Actor } from '../connection.ts'
import { sealCredentials, type Credentials } from '../connection-secrets.ts'
import type { OAuthProviders } from '../oauth-providers.ts'
import { driverOf, isOAuth } from '../open-connection.ts'

interface Deps {
  db: PrismaClient
  sealer: Sealer
  ground: DriverGround
  providers: OAuthProviders
  vaultId: string
  outbox: { kick(): void }
  now: () => number
}

/** An account that has let the vault in. */
export interface Account {
  /** What the provider knows it by. */
  id: string
  /** What its owner knows it by. */
  label: string
  credentials: Credentials
  /** Where in the account the vault's folder is, for the driver; without its secrets. */
  config: Record<string, unknown>
  /** Whether its owner wants new documents to go there. */
  forNewDocuments: boolean
}

/**
 * Makes an account a place for its owner's documents, after it has shown that it works. An account that this person has
 * connected before is mended in place: the same row, the same folder, whatever lies there.
 * @throws CloudUnusableError with a sentence on what to do, InvalidInputError
 */
export const establishConnection =
  (deps: Deps) =>
  async (begun: CloudConnection, account: Account, actor: Actor): Promise<CloudConnection> => {
    const known = await deps.db.cloudConnection.findFirst({
      where: { ownerId: begun.ownerId, provider: begun.provider, accountId: account.id },
      include: { backend: true },
    })
    if (isAnother(begun, known, account)) {
      throw new CloudUnusableError(
        'storage.connection.other_account',
        `This is another account than the one that was connected (${begun.accountLabel ?? ''}). Sign in there with that one.`,
      )
    }
    const target =
      known ??
      (await deps.db.cloudConnection.findUniqueOrThrow({ where: { id: begun.id }, include: { backend: true } }))
    // The folder stays the one that was chosen first: that is where the documents are.
    const config = target.backend ? { ...account.config, ...folderIn(target.backend.config as object) } : account.config
    const { report, credentials } = await tryAccount(deps, target, config, account.credentials)
    const established = await deps.db.$transaction(async (tx) => {
      await tx.$queryRaw`SELECT 1 FROM "cloud_connections" WHERE "id" = ${target.id}::uuid FOR UPDATE`
      const row = await tx.cloudConnection.findUnique({ where: { id: target.id } })
      if (!row)
        throw new CloudUnusableError(
          'storage.connection.gone',
          'This connection was removed meanwhile. Connect the account again.',
        )
      const backendId = row.backendId ?? uuidv7()
      const place = { config: config as Prisma.InputJsonObject, ...healthy(report, deps.now()) }
      if (row.backendId) {
        await tx.storageBackend.update({ where: { id: backendId }, data: { ...place, version: { increment: 1 } } })
      } else {
        // Places of the vault have names of people's choice; this one is shown by its connection's name alone.
        const name = `connection ${row.id}`
        await tx.storageBackend.create({
          data: { id: backendId, ownerId: row.ownerId, name, driver: row.provider, ...place },
        })
      }
      // Of two rows for one account, the one that documents may lie behind stays.
      if (begun.id !== row.id) await tx.cloudConnection.deleteMany({ where: { id: begun.id, backendId: null } })
      const chosen = row.chosen || account.forNewDocuments
      if (chosen)
        await tx.cloudConnection.updateMany({ where: { ownerId: row.ownerId, chosen: true }, data: { chosen: false } })
      await tx.cloudAuthorization.deleteMany({ where: { connectionId: row.id } })
      await recordAudit(tx, {
        at: new Date(deps.now()).toISOString(),
        type: row.backendId ? 'storage.connection.renewed' : 'storage.connection.connected',
        actorId: actor.userId,
        target: auditTarget(row),
        ip: actor.ip,
        requestId: actor.requestId,
        details: { provider: PROVIDER_NAMES[row.provider], account: account.label.slice(0, 200) },
      })
      return tx.cloudConnection.update({
        where: { id: row.id },
        data: {
          state: 'OK',
          message: null,
          accountId: account.id,
          accountLabel: account.label.slice(0, 200),
          credentials: sealCredentials(deps.sealer, row, credentials),
          backendId,
          chosen,
        },
      })
    })
    deps.outbox.kick()
    return established
  }

/** What says where in an account the objects are. */
function folderIn(config: { root?: unknown; folderName?: unknown }): Record<string, unknown> {
  return Object.fromEntries(
    (['root', 'folderName'] as const).flatMap((name) => (config[name] === undefined ? [] : [[name, config[name]]])),
  )
}

/**
 * Whether a connection with documents would become that of another account. A server of one's own may have moved to
 * another address: there the mark in its folder tells whether it is the same.
 */
function isAnother(begun: CloudConnection, known: CloudConnection | null, account: Account): boolean {
  if (begun.backendId === null || begun.accountId === account.id) return false
  return isOAuth(begun.provider) || known !== null
}

/** Writes, reads and deletes a canary, and claims a folder that is new or confirms one that is known. */
async function tryAccount(
  deps: Deps,
  target: CloudConnection,
  config: Record<string, unknown>,
  given: Credentials,
): Promise<{ report: ProbeReport; credentials: Credentials }> {
  let credentials = given
  const store = () => ({
    // A token that is renewed while the account is tried is the one to keep.
    async change(work: (kept: KeptTokens) => Promise<KeptTokens>) {
      const next = await work(credentials as unknown as KeptTokens)
      credentials = next as unknown as Credentials
      return next
    },
  })
  const driver = driverOf(deps, target.provider, config, given, store)
  try {
    if (target.backendId) await confirmPlace(driver, deps.vaultId)
    const report = await probe(driver)
    if (!target.backendId) await claimPlace(driver, deps.vaultId)
    return { report, credentials }
  } catch (error) {
    throw cloudUnusable(error)
  } finally {
    await driver.close()
  }
}
