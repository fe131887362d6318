import { DomainError, InvalidInputError, NotFoundError } from '@archivolt/kit/errors/domain-error'
import { fromGlobalId, toGlobalId } from '@archivolt/kit/graph/global-id'
import type { Group } from '../../prisma/client/client.ts'
import { seesPeople } from '../access/sees-people.ts'
import { administratorOf } from '../audit/actor.ts'
import { builder } from '../graph/builder.ts'
import { UserRef } from '../users/user.graph.ts'
import { GroupNameTakenError, GroupProtectedError } from './group.errors.ts'
import { seenGroups } from './seen-groups.ts'
import type { Membership } from './usecases/change-members.ts'

builder.objectType(GroupNameTakenError, { name: 'GroupNameTakenError', interfaces: [DomainError] })
builder.objectType(GroupProtectedError, { name: 'GroupProtectedError', interfaces: [DomainError] })

export const GroupRef = builder.prismaObject('Group', {
  description: 'People who may do something together. Seen by its members and by administrators of people.',
  fields: (t) => ({
    id: t.id({ resolve: (group) => toGlobalId('Group', group.id) }),
    name: t.exposeString('name'),
    description: t.exposeString('description'),
    builtIn: t.exposeBoolean('builtIn', { description: 'Made by the vault for the administrators of a feature.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    memberCount: t.relationCount('members'),
    members: t.prismaConnection({
      type: 'User',
      cursor: 'id',
      totalCount: (group, _args, { db }) => db.groupMember.count({ where: { groupId: group.id } }),
      resolve: (query, group, _args, { db }) =>
        db.user.findMany({ ...query, where: { memberships: { some: { groupId: group.id } } }, orderBy: { id: 'asc' } }),
    }),
  }),
})

builder.asEntity(GroupRef, {
  key: builder.selection<{ id: string }>('id'),
  resolveReference: async ({ id }, { viewer, loaders }) => {
    const groupId = fromGlobalId('Group', id)
    return viewer && groupId ? loaders.group.load(groupId) : null
  },
})

builder.prismaObjectFields('User', (t) => ({
  groups: t.field({
    type: [GroupRef],
    description: 'At most 200. Seen by the person and by administrators of people; empty for everyone else.',
    resolve: (user, _args, { loaders, viewer }) =>
      viewer?.userId === user.id || seesPeople(viewer) ? loaders.groupsOf.load(user.id) : [],
  }),
}))

builder.queryFields((t) => ({
  group: t.withAuth({ signedIn: true }).prismaField({
    type: GroupRef,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: (query, _root, { id }, { db, viewer }) => {
      const groupId = fromGlobalId('Group', id)
      return groupId ? db.group.findFirst({ ...query, where: { id: groupId, ...seenGroups(viewer) } }) : null
    },
  }),
  groups: t.withAuth({ signedIn: true }).prismaConnection({
    type: GroupRef,
    cursor: 'id',
    description: 'All groups for administrators of people, for everyone else those they are in.',
    totalCount: (_root, _args, { db, viewer }) => db.group.count({ where: seenGroups(viewer) }),
    resolve: (query, _root, _args, { db, viewer }) =>
      db.group.findMany({ ...query, where: seenGroups(viewer), orderBy: { id: 'asc' } }),
  }),
}))

/** @throws NotFoundError for an id that is none */
function idOf(type: 'Group' | 'User', globalId: string): string {
  const id = fromGlobalId(type, globalId)
  if (!id) throw new NotFoundError(type === 'Group' ? 'The group' : 'The person')
  return id
}

const CreateInput = builder.inputType('CreateGroupInput', {
  fields: (t) => ({ name: t.string({ required: true }), description: t.string() }),
})
const UpdateInput = builder.inputType('UpdateGroupInput', {
  description: 'What is left out stays.',
  fields: (t) => ({ groupId: t.id({ required: true }), name: t.string(), description: t.string() }),
})
const DeleteInput = builder.inputType('DeleteGroupInput', {
  fields: (t) => ({ groupId: t.id({ required: true }) }),
})
const memberInput = (name: string) =>
  builder.inputType(name, {
    fields: (t) => ({ groupId: t.id({ required: true }), userId: t.id({ required: true }) }),
  })
const withGroup = (name: string) =>
  builder.objectRef<Group>(name).implement({
    fields: (t) => ({ group: t.field({ type: GroupRef, resolve: (group) => group }) }),
  })
const withMembership = (name: string) =>
  builder.objectRef<Membership>(name).implement({
    fields: (t) => ({
      group: t.field({ type: GroupRef, resolve: ({ group }) => group }),
      user: t.field({ type: UserRef, resolve: ({ user }) => user }),
    }),
  })
const DeleteGroupSuccess = builder.objectRef<{ groupId: string }>('DeleteGroupSuccess').implement({
  fields: (t) => ({ groupId: t.exposeID('groupId') }),
})

builder.mutationFields((t) => ({
  createGroup: t.withAuth({ serviceAdmin: 'identity' }).field({
    type: withGroup('CreateGroupSuccess'),
    args: { input: t.arg({ type: CreateInput, required: true }) },
    errors: { types: [InvalidInputError, GroupNameTakenError] },
    resolve: (_root, { input }, context) => context.usecases.createGroup(administratorOf(context), input),
  }),
  updateGroup: t.withAuth({ serviceAdmin: 'identity' }).field({
    type: withGroup('UpdateGroupSuccess'),
    args: { input: t.arg({ type: UpdateInput, required: true }) },
    errors: { types: [InvalidInputError, GroupNameTakenError, GroupProtectedError, NotFoundError] },
    resolve: (_root, { input: { groupId, ...input } }, context) =>
      context.usecases.updateGroup(administratorOf(context), idOf('Group', groupId), input),
  }),
  deleteGroup: t.withAuth({ serviceAdmin: 'identity' }).field({
    type: DeleteGroupSuccess,
    description: 'Its members lose at once what they could do by it.',
    args: { input: t.arg({ type: DeleteInput, required: true }) },
    errors: { types: [NotFoundError, GroupProtectedError] },
    resolve: async (_root, { input: { groupId } }, context) => {
      await context.usecases.deleteGroup(administratorOf(context), idOf('Group', groupId))
      return { groupId }
    },
  }),
  addGroupMember: t.withAuth({ serviceAdmin: 'identity' }).field({
    type: withMembership('AddGroupMemberSuccess'),
    description: 'Groups that the vault made are filled by administrators of the vault alone.',
    args: { input: t.arg({ type: memberInput('AddGroupMemberInput'), required: true }) },
    errors: { types: [NotFoundError] },
    resolve: (_root, { input }, context) =>
      context.usecases.addGroupMember(
        administratorOf(context),
        idOf('Group', input.groupId),
        idOf('User', input.userId),
      ),
  }),
  removeGroupMember: t.withAuth({ serviceAdmin: 'identity' }).field({
    type: withMembership('RemoveGroupMemberSuccess'),
    args: { input: t.arg({ type: memberInput('RemoveGroupMemberInput'), required: true }) },
    errors: { types: [NotFoundError] },
    resolve: (_root, { input }, context) =>
      context.usecases.removeGroupMember(
        administratorOf(context),
        idOf('Group', input.groupId),
        idOf('User', input.userId),
      ),
  }),
}))
