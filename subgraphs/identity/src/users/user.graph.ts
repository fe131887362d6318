import { fromGlobalId, toGlobalId } from '@archivolt/kit/graph/global-id'
import { seesPeople } from '../access/sees-people.ts'
import { builder } from '../graph/builder.ts'
import { usersWhere } from './find-users.ts'

export const RoleEnum = builder.enumType('Role', { values: ['ADMIN', 'USER'] as const })

export const UserRef = builder.prismaObject('User', {
  description: 'A person with an account in this vault.',
  fields: (t) => ({
    id: t.id({ resolve: (user) => toGlobalId('User', user.id) }),
    name: t.exposeString('name'),
    email: t.string({
      nullable: true,
      description: 'Seen by the person and by administrators; null for everyone else.',
      resolve: (user, _args, { viewer }) =>
        // Whoever has just signed in is no viewer of the call that does it, but knows who they are.
        'self' in user || viewer?.userId === user.id || seesPeople(viewer) ? user.email : null,
    }),
    role: t.field({ type: RoleEnum, resolve: (user) => user.role }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
})

builder.asEntity(UserRef, {
  key: builder.selection<{ id: string }>('id'),
  resolveReference: async ({ id }, { viewer, loaders }) => {
    const userId = fromGlobalId('User', id)
    if (!viewer || !userId) return null
    return loaders.user.load(userId)
  },
})

const UserFilterInput = builder.inputType('UserFilter', {
  fields: (t) => ({
    search: t.string({ description: 'Words of the name or the email address.' }),
    role: t.field({ type: RoleEnum }),
    active: t.boolean(),
  }),
})

builder.queryFields((t) => ({
  me: t.prismaField({
    type: 'User',
    nullable: true,
    authScopes: { public: true },
    description: 'Who is signed in; null for a stranger.',
    resolve: (query, _root, _args, { db, viewer }) =>
      viewer ? db.user.findUnique({ ...query, where: { id: viewer.userId } }) : null,
  }),
  user: t.withAuth({ signedIn: true }).prismaField({
    type: 'User',
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: (query, _root, { id }, { db, viewer }) => {
      const userId = fromGlobalId('User', id)
      if (!userId || (userId !== viewer.userId && !seesPeople(viewer))) return null
      return db.user.findUnique({ ...query, where: { id: userId } })
    },
  }),
  users: t.withAuth({ serviceAdmin: 'identity' }).prismaConnection({
    type: 'User',
    cursor: 'id',
    args: { filter: t.arg({ type: UserFilterInput }) },
    totalCount: (_root, { filter }, { db }) => db.user.count({ where: usersWhere(filter ?? {}) }),
    resolve: (query, _root, { filter }, { db }) =>
      db.user.findMany({ ...query, where: usersWhere(filter ?? {}), orderBy: { id: 'asc' } }),
  }),
}))
