import { DomainError, InvalidInputError, NotFoundError, UnavailableError } from '@archivolt/kit/errors/domain-error'
import { forbidden } from '@archivolt/kit/errors/to-graphql'
import type { Plugin } from '../../prisma/client/client.ts'
import { actorOf } from '../audit/actor.ts'
import { builder } from '../graph/builder.ts'
import { PluginRef } from './plugin.graph.ts'
import { SettingsInvalidError, SettingsRefusedError } from './plugin.errors.ts'
import { seenPlugins } from './seen-plugins.ts'

const SettingsFault = builder.objectRef<{ path: string; message: string }>('SettingsFault').implement({
  fields: (t) => ({
    path: t.exposeString('path', { description: 'JSON pointer; empty for the settings as a whole.' }),
    message: t.exposeString('message'),
  }),
})
builder.objectType(SettingsInvalidError, {
  name: 'SettingsInvalidError',
  interfaces: [DomainError],
  fields: (t) => ({ faults: t.field({ type: [SettingsFault], resolve: (error) => error.faults }) }),
})
builder.objectType(SettingsRefusedError, { name: 'SettingsRefusedError', interfaces: [DomainError] })

const UpdatePluginSettingsInput = builder.inputType('UpdatePluginSettingsInput', {
  fields: (t) => ({
    pluginId: t.id({ required: true }),
    settings: t.field({
      type: 'JSON',
      required: true,
      description: 'A JSON merge patch (RFC 7396): what is left out stays, null takes away.',
    }),
  }),
})
const ApproveInput = builder.inputType('ApprovePluginAccessInput', {
  fields: (t) => ({ pluginId: t.id({ required: true }) }),
})
const withPlugin = (name: string) =>
  builder.objectRef<Plugin>(name).implement({
    fields: (t) => ({ plugin: t.field({ type: PluginRef, resolve: (plugin) => plugin }) }),
  })

builder.mutationFields((t) => ({
  updatePluginSettings: t.withAuth({ session: true }).field({
    type: withPlugin('UpdatePluginSettingsSuccess'),
    description: 'For administrators of the plugin. What does not fit its schema never reaches it.',
    args: { input: t.arg({ type: UpdatePluginSettingsInput, required: true }) },
    errors: {
      types: [InvalidInputError, NotFoundError, SettingsInvalidError, SettingsRefusedError, UnavailableError],
    },
    resolve: async (_root, { input }, context) => {
      const { db, viewer, identity, settingsCache, usecases } = context
      const { settings } = input
      if (typeof settings !== 'object' || settings === null || Array.isArray(settings))
        throw new InvalidInputError('settings', 'Settings are a JSON object.')
      const plugin = await db.plugin.findFirst({
        where: { AND: [{ id: input.pluginId }, await seenPlugins(db, viewer)] },
      })
      const then = await usecases.updatePluginSettings(
        { viewer, actor: actorOf(context), caller: identity },
        plugin,
        settings,
      )
      if (!plugin) throw forbidden()
      settingsCache.set(plugin.id, Promise.resolve(then))
      return plugin
    },
  }),
  approvePluginAccess: t.withAuth({ admin: true }).field({
    type: withPlugin('ApprovePluginAccessSuccess'),
    description: 'Agrees that a plugin opens itself as wide as its `pendingAccess` says.',
    args: { input: t.arg({ type: ApproveInput, required: true }) },
    errors: { types: [NotFoundError] },
    resolve: (_root, { input }, context) => context.usecases.approvePluginAccess(actorOf(context), input.pluginId),
  }),
}))
