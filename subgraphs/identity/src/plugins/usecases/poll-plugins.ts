import type { Logger } from '@archivolt/kit/log/logger'
import type { Manifest } from '@archivolt/kit/server/manifest'
import type { PubSub } from '@archivolt/kit/shared-state/pubsub'
import type { PrismaClient } from '../../../prisma/client/client.ts'
import type { EnsureAdminGroups } from '../../groups/usecases/ensure-admin-groups.ts'
import type { AskFeature } from '../ask-feature.ts'
import { announceHealth, announcePlugins } from '../plugin-channels.ts'
import type { Keep, Found, Target } from './keep-feature.ts'
import { FeatureFailedError } from '../plugin.errors.ts'

interface Deps {
  db: PrismaClient
  log: Logger
  pubsub: PubSub
  ask: AskFeature
  keep: Keep
  ensureAdminGroups: EnsureAdminGroups
  /** Where the built-in services and the registered features answer. */
  targets: () => Target[]
  now: () => number
}

export type PollPlugins = (signal?: AbortSignal) => Promise<void>

/** For all that one feature is asked in one poll. */
const POLL_TIMEOUT_MS = 8000
const AT_ONCE = 8

/**
 * Asks every registered feature what it is and how it is, and keeps the answers. One that is silent or answers
 * something else stays as it was, with the reason beside it.
 */
export const pollPlugins =
  (deps: Deps): PollPlugins =>
  async (signal) => {
    const targets = deps.targets()
    const waiting = [...targets]
    let graphChanged = false
    const worker = async (): Promise<void> => {
      for (let target = waiting.shift(); target && !signal?.aborted; target = waiting.shift())
        graphChanged = (await pollOne(deps, target, signal)) || graphChanged
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
    graphChanged = (await deps.keep.onlyThese(targets)) || graphChanged
    if (graphChanged) await announcePlugins(deps)
  }

/** @returns whether the graph of the vault may have to change */
async function pollOne(deps: Deps, target: Target, outer?: AbortSignal): Promise<boolean> {
  const timeout = AbortSignal.timeout(POLL_TIMEOUT_MS)
  const signal = outer ? AbortSignal.any([outer, timeout]) : timeout
  const found = await ask(deps, target, signal)
  if (outer?.aborted) return false
  if (found.state !== 'OK') deps.log.warn({ feature: target.name, reason: found.reason }, 'a feature is not well')
  const kept = await deps.keep.feature(target, { ...found, checkedAt: new Date(deps.now()) })
  if (found.manifest && kept.accepted) await deps.ensureAdminGroups([found.manifest])
  if (kept.healthChanged) await announceHealth(deps, kept.serviceId)
  return kept.graphChanged
}

async function ask(deps: Deps, { url }: Target, signal: AbortSignal): Promise<Omit<Found, 'checkedAt'>> {
  let manifest: Manifest | null = null
  let sdl: string | null = null
  try {
    manifest = await deps.ask.manifest(url, signal)
    const started = performance.now()
    const health = await deps.ask.health(url, signal)
    const latencyMs = Math.round(performance.now() - started)
    if (!manifest.subgraph) return { ...health, manifest, sdl: null, latencyMs }
    try {
      sdl = await deps.ask.sdl({ id: manifest.id, url }, signal)
      return { ...health, manifest, sdl, latencyMs }
    } catch (error) {
      // The rest of it works; its part of the graph stays what it was.
      return { state: 'DEGRADED', reason: reasonOf(error), manifest, sdl, latencyMs }
    }
  } catch (error) {
    return { state: 'DOWN', reason: reasonOf(error), manifest, sdl, latencyMs: null }
  }
}

const reasonOf = (error: unknown): string =>
  error instanceof FeatureFailedError ? error.message : 'It could not be asked.'
