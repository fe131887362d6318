import { forbidden } from '@archivolt/kit/errors/to-graphql'
import { NotFoundError, UnavailableError } from '@archivolt/kit/errors/domain-error'
import type { Viewer } from '@archivolt/kit/identity/identity'
import type { Plugin, PrismaClient } from '../../../prisma/client/client.ts'
import { record } from '../../access/change-access.ts'
import type { Actor } from '../../audit/actor.ts'
import { adminGroupOf } from '../../groups/group.ts'
import type { AskFeature, Caller, FeatureSettings } from '../ask-feature.ts'
import { mergePatch } from '../merge-patch.ts'
import { FeatureFailedError, SettingsRefusedError } from '../plugin.errors.ts'
import { validateSettings } from '../validate-settings.ts'

interface Deps {
  db: PrismaClient
  ask: AskFeature
  outbox: { kick(): void }
  now: () => number
}

/** Whether somebody may set a feature up: its administrators, if they may use it at all. */
export function mayAdminister(viewer: Viewer, pluginId: string): boolean {
  if (!(viewer.scopes?.includes(`${pluginId}:admin`) ?? true)) return false
  return viewer.role === 'ADMIN' || viewer.groups.includes(adminGroupOf(pluginId))
}

/**
 * Changes settings of a feature: the patch (RFC 7396) is checked against the feature's own schema before it is sent.
 * @throws NotFoundError, SettingsInvalidError, SettingsRefusedError, UnavailableError, or FORBIDDEN
 */
export const updatePluginSettings =
  (deps: Deps) =>
  async (
    by: { viewer: Viewer; actor: Actor; caller: Caller },
    plugin: Plugin | null,
    patch: unknown,
  ): Promise<FeatureSettings> => {
    if (!plugin) throw new NotFoundError('The plugin')
    if (!mayAdminister(by.viewer, plugin.id)) throw forbidden()
    if (!plugin.hasSettings) throw new SettingsRefusedError('This plugin has no settings.')
    const now = await deps.ask.settings(plugin, by.caller).catch(away)
    validateSettings(now.schema, mergePatch(now.values, patch))
    const then = await deps.ask.changeSettings(plugin, patch, by.caller).catch(away)
    await record(
      deps.db,
      by.actor,
      {
        type: 'identity.plugin.settings-changed',
        target: { type: 'Plugin', id: plugin.id },
        // Names alone: a value may be a secret.
        details: {
          settings: Object.keys(patch as object)
            .join(', ')
            .slice(0, 500),
        },
      },
      deps.now(),
    )
    deps.outbox.kick()
    return then
  }

function away(error: unknown): never {
  if (error instanceof FeatureFailedError && error.refusal) throw new SettingsRefusedError(error.refusal)
  if (error instanceof FeatureFailedError) throw new UnavailableError('The plugin', { cause: error })
  throw error
}
