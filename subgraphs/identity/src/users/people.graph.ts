import { DomainError, InvalidInputError, NotFoundError } from '@archivolt/kit/errors/domain-error'
import { fromGlobalId } from '@archivolt/kit/graph/global-id'
import type { User } from '../../prisma/client/client.ts'
import { seesPeople } from '../access/sees-people.ts'
import { administratorOf } from '../audit/actor.ts'
import { builder } from '../graph/builder.ts'
import type { Context } from '../graph/context.ts'
import { LastAdminError } from './people.errors.ts'
import { RoleEnum, UserRef } from './user.graph.ts'

builder.objectType(LastAdminError, { name: 'LastAdminError', interfaces: [DomainError] })

const ThemeEnum = builder.enumType('Theme', { values: ['SYSTEM', 'LIGHT', 'DARK'] as const })

const Preferences = builder.objectRef<User>('Preferences').implement({
  description: 'How a person wants the client.',
  fields: (t) => ({
    dashboardApps: t.exposeStringList('dashboardApps', {
      description: 'Ids of plugins on the first page, in their order; some may not be there any more.',
    }),
    theme: t.field({ type: ThemeEnum, resolve: (user) => user.theme }),
    language: t.exposeString('language', { nullable: true }),
  }),
})

/** For the person and for administrators of people; null for everyone else, and for a session that is only beginning. */
const own = <T>(user: User, { viewer }: Context, value: T): T | null =>
  viewer?.userId === user.id || seesPeople(viewer) ? value : null

builder.prismaObjectFields('User', (t) => ({
  fullName: t.string({ nullable: true, resolve: (user, _args, context) => own(user, context, user.fullName) }),
  phone: t.string({ nullable: true, resolve: (user, _args, context) => own(user, context, user.phone) }),
  language: t.string({
    nullable: true,
    description: 'BCP 47, for example `pt-BR`.',
    resolve: (user, _args, context) => own(user, context, user.language),
  }),
  timeZone: t.string({
    nullable: true,
    description: 'For example `Europe/Vienna`.',
    resolve: (user, _args, context) => own(user, context, user.timeZone),
  }),
  active: t.boolean({
    nullable: true,
    description: 'Whether the account can sign in.',
    resolve: (user, _args, context) => own(user, context, user.active),
  }),
  preferences: t.field({
    type: Preferences,
    nullable: true,
    resolve: (user, _args, { viewer }) => (viewer?.userId === user.id ? user : null),
  }),
}))

const withUser = (name: string) =>
  builder.objectRef<User>(name).implement({
    fields: (t) => ({ user: t.field({ type: UserRef, resolve: (user) => user }) }),
  })

const UpdateUserInput = builder.inputType('UpdateUserInput', {
  fields: (t) => ({
    userId: t.id({ required: true }),
    role: t.field({ type: RoleEnum }),
    active: t.boolean({ description: 'False signs the person out everywhere at once.' }),
  }),
})
const UpdateProfileInput = builder.inputType('UpdateProfileInput', {
  description: 'What is left out stays; null clears.',
  fields: (t) => ({
    name: t.string({ description: 'As others see it.' }),
    fullName: t.string(),
    phone: t.string(),
    language: t.string({ description: 'BCP 47, for example `pt-BR`.' }),
    timeZone: t.string({ description: 'For example `Europe/Vienna`.' }),
  }),
})
const UpdatePreferencesInput = builder.inputType('UpdatePreferencesInput', {
  description: 'What is left out stays.',
  fields: (t) => ({
    dashboardApps: t.stringList({ description: 'At most 50 ids of plugins.' }),
    theme: t.field({ type: ThemeEnum }),
    language: t.string(),
  }),
})

builder.mutationFields((t) => ({
  updateUser: t.withAuth({ serviceAdmin: 'identity' }).field({
    type: withUser('UpdateUserSuccess'),
    description:
      'Changes the role of a person, or whether they may sign in. Only administrators of the vault touch administrators.',
    args: { input: t.arg({ type: UpdateUserInput, required: true }) },
    errors: { types: [NotFoundError, LastAdminError] },
    resolve: (_root, { input: { userId, ...input } }, context) => {
      const id = fromGlobalId('User', userId)
      if (!id) throw new NotFoundError('The person')
      return context.usecases.updateUser(administratorOf(context), id, input)
    },
  }),
  updateProfile: t.withAuth({ session: true }).field({
    type: withUser('UpdateProfileSuccess'),
    args: { input: t.arg({ type: UpdateProfileInput, required: true }) },
    errors: { types: [InvalidInputError, NotFoundError] },
    resolve: (_root, { input }, { viewer, usecases }) => usecases.updateProfile(viewer.userId, input),
  }),
  updatePreferences: t.withAuth({ session: true }).field({
    type: withUser('UpdatePreferencesSuccess'),
    args: { input: t.arg({ type: UpdatePreferencesInput, required: true }) },
    errors: { types: [InvalidInputError, NotFoundError] },
    resolve: (_root, { input }, { viewer, usecases }) => usecases.updatePreferences(viewer.userId, input),
  }),
}))
