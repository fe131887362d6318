import type { Logger } from '@archivolt/kit/log/logger'
import type { PubSub } from '@archivolt/kit/shared-state/pubsub'

/** On which the gateways hear that the features, or their schemas, have changed. */
const PLUGINS_CHANNEL = 'plugins'
/** On which the id of a service is told whose health has changed. */
export const HEALTH_CHANNEL = 'service-health'

interface Deps {
  pubsub: PubSub
  log: Logger
}

/** A lost word is made up for by the next poll of each gateway. */
export const announcePlugins = (deps: Deps): Promise<void> => tell(deps, PLUGINS_CHANNEL, 'changed')
export const announceHealth = (deps: Deps, serviceId: string): Promise<void> => tell(deps, HEALTH_CHANNEL, serviceId)

async function tell({ pubsub, log }: Deps, channel: string, message: string): Promise<void> {
  await pubsub
    .publish(channel, message)
    .catch((error: unknown) => log.warn({ err: error, channel }, 'a change was not announced'))
}
