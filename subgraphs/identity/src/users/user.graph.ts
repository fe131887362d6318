import { fromGlobalId, toGlobalId } from '@archivolt/kit/graph/global-id'
import { builder } from '../graph/builder.ts'

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
        'self' in user || viewer?.userId === user.id || viewer?.role === 'ADMIN' ? user.email : null,
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
      if (!userId || (viewer.role !== 'ADMIN' && userId !== viewer.userId)) return null
      return db.user.findUnique({ ...query, where: { id: userId } })
    },
  }),
  users: t.withAuth({ admin: true }).prismaConnection({
    type: 'User',
    cursor: 'id',
    totalCount: (_root, _args, { db }) => db.user.count(),
    resolve: (query, _root, _args, { db }) => db.user.findMany({ ...query, orderBy: { id: 'asc' } }),
  }),
}))
