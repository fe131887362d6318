import type { Logger } from '@archivolt/kit/log/logger'
import type { SubgraphLink } from '@archivolt/kit/server/subgraph-link'
import { PLUGINS_CHANNEL, type SharedState } from '../shared-state.ts'
import { followChannel } from '../subscriptions/follow-channel.ts'
import type { ComposeRequest, Composition, NamedSdl } from './compose.ts'
import type { PluginSource } from './plugin-source.ts'

interface Deps {
  /** The vault's own subgraphs. */
  base: readonly NamedSdl[]
  source: PluginSource
  compose(request: ComposeRequest, signal: AbortSignal): Promise<Composition>
  /** Puts a supergraph in place of the running one. @throws Error when it cannot; the running one stays */
  replace(supergraphSdl: string): void
  linkTo(name: string, url: string): SubgraphLink
  pubsub: SharedState['pubsub']
  log: Logger
  /** @default 30,000 */
  everyMs?: number
}

export interface PluginGraph {
  /** The way to a feature's subgraph, while it is in the graph. */
  linkFor(name: string): SubgraphLink | undefined
  /** Looks at the registry now. Never rejects. */
  refresh(): Promise<void>
  close(): Promise<void>
}

const EVERY_MS = 30_000
const ASK_WITHIN_MS = 10_000
/** Streams and requests that began with a feature's old address may still use it for this long. */
const LINGER_MS = 60_000

/**
 * Keeps the features' subgraphs in the running graph as the registry has them. Whatever goes wrong on the way, the
 * graph that runs goes on running.
 */
export function createPluginGraph(deps: Deps): PluginGraph {
  const { log, source } = deps
  const closing = new AbortController()
  const links = new Map<string, { url: string; link: SubgraphLink }>()
  const lingering = new Map<NodeJS.Timeout, SubgraphLink>()
  let running: NamedSdl[] = []
  let handled = '[]'
  let queue: Promise<void> = Promise.resolve()

  const retire = (link: SubgraphLink): void => {
    const timer = setTimeout(() => {
      lingering.delete(timer)
      void link.close()
    }, LINGER_MS)
    lingering.set(timer.unref(), link)
  }
  const setLinks = (features: readonly NamedSdl[]): void => {
    for (const { name, url } of features) {
      const known = links.get(name)
      if (known?.url === url) continue
      if (known) retire(known.link)
      links.set(name, { url, link: deps.linkTo(name, url) })
    }
    for (const [name, { link }] of links) {
      if (features.some((feature) => feature.name === name)) continue
      links.delete(name)
      retire(link)
    }
  }
  const put = async (wanted: readonly NamedSdl[]): Promise<Composition['outcomes']> => {
    try {
      const composed = await deps.compose({ base: deps.base, running, wanted }, closing.signal)
      const before = running
      if (!same(before, composed.included)) {
        // First the ways, then the plans that use them.
        setLinks([...composed.included, ...before.filter(({ name }) => !named(composed.included, name))])
        deps.replace(composed.supergraphSdl)
        running = composed.included
        setLinks(running)
        log.info({ features: running.map(({ name }) => name) }, 'the graph has changed')
      }
      return composed.outcomes
    } catch (error) {
      setLinks(running)
      const changed = wanted.filter((feature) => !running.some((known) => same([known], [feature])))
      log.error({ err: error }, 'features could not be put into the graph; it stays as it is')
      return changed.map(({ name }) => ({
        id: name,
        error: `the graph could not be made: ${(error as Error).message}`,
      }))
    }
  }
  const refresh = async (): Promise<void> => {
    if (closing.signal.aborted) return
    try {
      const wanted = await source.wanted(within(closing.signal))
      const state = JSON.stringify(wanted)
      if (state === handled) return
      const outcomes = await put(wanted)
      for (const { id, error } of outcomes) if (error) log.warn({ feature: id, reason: error }, 'not in the graph')
      await source.report(outcomes, within(closing.signal))
      handled = state
    } catch (error) {
      if (!closing.signal.aborted) log.warn({ err: error }, 'the registry of features does not answer; trying again')
    }
  }
  const enqueue = (): Promise<void> => (queue = queue.then(refresh))

  const timer = setInterval(() => void enqueue(), deps.everyMs ?? EVERY_MS).unref()
  const stopFollowing = deps.pubsub
    ? followChannel(deps.pubsub, PLUGINS_CHANNEL, { onMessage: () => void enqueue(), onGap: enqueue }, log)
    : async () => {}

  return {
    linkFor: (name) => links.get(name)?.link,
    refresh: enqueue,
    async close() {
      closing.abort()
      clearInterval(timer)
      await stopFollowing()
      await queue
      for (const late of lingering.keys()) clearTimeout(late)
      await Promise.all(
        [...[...links.values()].map(({ link }) => link), ...lingering.values()].map((link) => link.close()),
      )
    },
  }
}

const within = (signal: AbortSignal): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(ASK_WITHIN_MS)])
const named = (features: readonly NamedSdl[], name: string): boolean =>
  features.some((feature) => feature.name === name)
const same = (a: readonly NamedSdl[], b: readonly NamedSdl[]): boolean => JSON.stringify(a) === JSON.stringify(b)
