import { SERVICES } from '@archivolt/kit/server/service-directory'
import type { ServiceBase } from '@archivolt/kit/server/service'
import type { PrismaClient } from '../../prisma/client/client.ts'
import type { ChangeDeps } from '../access/change-access.ts'
import { ensureAdminGroups } from '../groups/usecases/ensure-admin-groups.ts'
import { askFeature } from './ask-feature.ts'
import { openFeatureDoor } from './fetch-json.ts'
import { approvePluginAccess } from './usecases/approve-access.ts'
import { keepFeatures } from './usecases/keep-feature.ts'
import { pollPlugins } from './usecases/poll-plugins.ts'
import { updatePluginSettings } from './usecases/update-settings.ts'

interface Deps {
  db: PrismaClient
  base: Pick<ServiceBase, 'log' | 'now' | 'sign' | 'directory' | 'platform'>
  outbox: { kick(): void }
  change: ChangeDeps
  /** Addresses of registered features, each an origin. */
  urls: readonly string[]
}

/** The registry of features: what they say of themselves, and the way to them. */
export function openPlugins({ db, base, outbox, change, urls }: Deps) {
  const { log, now, sign, directory } = base
  const { pubsub } = base.platform.shared
  const door = openFeatureDoor()
  const ask = askFeature({ fetchJson: door.fetchJson, sign })
  return {
    ask,
    poll: pollPlugins({
      ...{ db, log, pubsub, ask, now },
      keep: keepFeatures({ db, changes: change.changes, outbox, now }),
      ensureAdminGroups: ensureAdminGroups({ db }),
      targets: () => [
        ...SERVICES.map((name) => ({ name, url: directory[name], builtIn: true })),
        ...urls.map((url) => ({ name: url, url, builtIn: false })),
      ],
    }),
    usecases: {
      updatePluginSettings: updatePluginSettings({ db, ask, outbox, now }),
      approvePluginAccess: approvePluginAccess(change),
    },
    close: () => door.close(),
  }
}
