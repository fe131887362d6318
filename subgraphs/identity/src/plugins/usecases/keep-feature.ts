import { createHash } from 'node:crypto'
import { SERVICES } from '@archivolt/kit/server/service-directory'
import type { Manifest } from '@archivolt/kit/server/manifest'
import { Prisma, type HealthState, type Plugin, type PrismaClient } from '../../../prisma/client/client.ts'
import { isLooser, type AccessRules } from '../../access/access.ts'
import type { AccessChanges } from '../../access/access-changes.ts'
import { record } from '../../access/change-access.ts'

/** An address that is asked. */
export interface Target {
  /** Of a built-in service, or the address itself. */
  name: string
  url: string
  builtIn: boolean
}

/** What asking it found. */
export interface Found {
  state: HealthState
  reason: string | null
  latencyMs: number | null
  /** Null when there was no valid one. */
  manifest: Manifest | null
  /** Null when it has none, or did not give it this time. */
  sdl: string | null
  checkedAt: Date
}

export interface Kept {
  serviceId: string
  /** Whether what it says of itself was taken over. */
  accepted: boolean
  healthChanged: boolean
  graphChanged: boolean
}

export interface Keep {
  feature(target: Target, found: Found): Promise<Kept>
  /** Forgets what is not registered any more. @returns whether the graph may have to change */
  onlyThese(targets: readonly Target[]): Promise<boolean>
}

interface Deps {
  db: PrismaClient
  changes: AccessChanges
  outbox: { kick(): void }
  now: () => number
}

/** Any number, but the same in every process: answers are kept one after another. */
const PLUGINS_LOCK = 7_402_105
const VAULT = { actorId: null, ip: null, requestId: null }

/** Keeps what features say of themselves, as far as they may say it. */
export function keepFeatures(deps: Deps): Keep {
  const locked = async <T>(work: (tx: Prisma.TransactionClient) => Promise<T>): Promise<T> =>
    deps.db.$transaction(async (tx) => {
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(${PLUGINS_LOCK})`
      return work(tx)
    })

  return {
    async feature(target, found) {
      const outcome = await locked(async (tx) => {
        const conflict = found.manifest && (await conflictOf(tx, target, found.manifest))
        const seen = conflict ? { ...found, state: 'DOWN' as const, reason: conflict } : found
        const changes =
          found.manifest && !conflict
            ? await takeOver(deps, tx, target, found.manifest, found)
            : { graphChanged: false, accessChanged: false }
        if (!found.manifest || conflict) await markDown(tx, target, seen)
        if (changes.accessChanged) await deps.changes.mark(tx, 'everyone')
        const service = await keepService(tx, target, seen, conflict ? null : (found.manifest?.id ?? null))
        return { ...service, ...changes, accepted: Boolean(found.manifest) && !conflict }
      })
      if (outcome.accessChanged) {
        deps.outbox.kick()
        await deps.changes.announce('everyone')
      }
      return outcome
    },
    async onlyThese(targets) {
      const gone = await locked(async (tx) => {
        await tx.service.deleteMany({ where: { name: { notIn: targets.map(({ name }) => name) } } })
        return tx.plugin.deleteMany({
          where: { builtIn: false, url: { notIn: targets.map(({ url }) => url) } },
        })
      })
      return gone.count > 0
    },
  }
}

/** Why this address may not be the feature it says it is; null when it may. */
async function conflictOf(tx: Prisma.TransactionClient, target: Target, { id }: Manifest): Promise<string | null> {
  if (target.builtIn) return id === target.name ? null : `It says that it is "${id}", where "${target.name}" is to be.`
  if (RESERVED.has(id)) return `It says that it is "${id}", which is a part of the vault itself.`
  const holder = await tx.plugin.findUnique({ where: { id } })
  if (!holder || holder.url === target.url) return null
  // A feature may move; two at once may not share a name.
  const stillThere = await tx.service.count({ where: { name: holder.url } })
  return stillThere ? `It says that it is "${id}", which another registered address is already.` : null
}

const RESERVED: ReadonlySet<string> = new Set([...SERVICES, 'gateway', 'archivolt', 'vault'])

async function takeOver(
  deps: Deps,
  tx: Prisma.TransactionClient,
  target: Target,
  manifest: Manifest,
  found: Found,
): Promise<{ graphChanged: boolean; accessChanged: boolean }> {
  const { id, access: asked, routes, settings, subgraph, name, version, description, icon } = manifest
  const before = await tx.plugin.findUnique({ where: { id } })
  const access = accessOf(before, target, asked)
  const sdl = subgraph ? (found.sdl ?? before?.sdl ?? null) : null
  const data = {
    ...{ name, version, description, icon, routes, url: target.url, builtIn: target.builtIn, sdl },
    ...{ allowSuperuser: access.rules.allowSuperuser, requiredGroups: [...access.rules.requiredGroups] },
    pendingAccess: access.pending ? { ...access.pending } : Prisma.DbNull,
    hasSettings: settings ?? false,
    ...(sdl === null && { compositionError: null }),
    ...{ health: found.state, healthMessage: found.reason, latencyMs: found.latencyMs, checkedAt: found.checkedAt },
  }
  // An address that now speaks for another feature gives its old row up.
  await tx.plugin.deleteMany({ where: { url: target.url, id: { not: id } } })
  await tx.plugin.upsert({ where: { id }, create: { id, ...data }, update: data })
  const accessChanged = !before || !sameRules(before, access.rules)
  await recordAccess(deps, tx, id, target, before, access)
  const moved = before !== null && before.url !== target.url && sdl !== null
  return { graphChanged: moved || hashOf(before?.sdl) !== hashOf(sdl), accessChanged }
}

/** A feature may close itself at any time; to open itself wider than it was registered takes an administrator. */
function accessOf(
  before: Plugin | null,
  target: Target,
  asked: AccessRules,
): { rules: AccessRules; pending: AccessRules | null } {
  if (!before || target.builtIn || !isLooser(before, asked)) return { rules: asked, pending: null }
  return { rules: before, pending: asked }
}

async function recordAccess(
  deps: Deps,
  tx: Prisma.TransactionClient,
  id: string,
  target: Target,
  before: Plugin | null,
  { rules, pending }: { rules: AccessRules; pending: AccessRules | null },
): Promise<void> {
  if (target.builtIn) return
  const say = (type: string, { allowSuperuser, requiredGroups }: AccessRules) =>
    record(
      tx,
      VAULT,
      {
        type,
        target: { type: 'Plugin', id },
        details: { allowSuperuser, requiredGroups: requiredGroups.join(', ').slice(0, 500) },
      },
      deps.now(),
    )
  if (!before) await say('identity.plugin.registered', rules)
  else if (pending && !sameRules(before.pendingAccess as AccessRules | null, pending))
    await say('identity.plugin.wider-access-asked', pending)
  else if (!sameRules(before, rules)) await say('identity.plugin.access-narrowed', rules)
}

const sameRules = (a: AccessRules | null, b: AccessRules): boolean =>
  a !== null &&
  a.allowSuperuser === b.allowSuperuser &&
  a.requiredGroups.length === b.requiredGroups.length &&
  a.requiredGroups.every((group) => b.requiredGroups.includes(group))

const hashOf = (text: string | null | undefined): string | null =>
  text ? createHash('sha256').update(text).digest('base64') : null

async function markDown(tx: Prisma.TransactionClient, target: Target, found: Found): Promise<void> {
  const { state, reason, checkedAt } = found
  await tx.plugin.updateMany({
    where: { url: target.url },
    data: { health: state, healthMessage: reason, latencyMs: null, checkedAt },
  })
}

async function keepService(
  tx: Prisma.TransactionClient,
  { name, url, builtIn }: Target,
  { state, reason, latencyMs, checkedAt }: Found,
  pluginId: string | null,
): Promise<{ serviceId: string; healthChanged: boolean }> {
  const before = await tx.service.findUnique({ where: { name } })
  const data = { url, builtIn, state, reason, latencyMs, checkedAt, ...(pluginId && { pluginId }) }
  const { id } = await tx.service.upsert({ where: { name }, create: { name, ...data }, update: data })
  return { serviceId: id, healthChanged: before?.state !== state || before.reason !== reason }
}
