import { InvalidInputError } from '@archivolt/kit/errors/domain-error'
import { requireGlobalId } from '@archivolt/kit/graph/global-id'
import { builder } from '../graph/builder.ts'
import type { QuotaHolder } from './usecases/set-quota.ts'

const GroupQuota = builder.prismaObject('QuotaGroup', {
  name: 'GroupQuota',
  description: 'What each member of a group may store, unless the person has a limit of their own.',
  fields: (t) => ({
    groupName: t.exposeString('name'),
    bytes: t.expose('limit', { type: 'ByteCount' }),
  }),
})

builder.queryFields((t) => ({
  groupQuotas: t.withAuth({ serviceAdmin: 'storage' }).prismaField({
    type: [GroupQuota],
    description: 'By name; at most 200 groups have a limit.',
    resolve: (query, _root, _args, { db }) => db.quotaGroup.findMany({ ...query, orderBy: { name: 'asc' }, take: 200 }),
  }),
}))

const SetQuotaInput = builder.inputType('SetQuotaInput', {
  description: 'Give a person or a group.',
  fields: (t) => ({
    userId: t.id(),
    groupName: t.string(),
    bytes: t.field({ type: 'ByteCount', description: 'Left out or null: the limit is taken back.' }),
  }),
})

const SetQuotaSuccess = builder.objectRef<{ bytes: number | null }>('SetQuotaSuccess').implement({
  fields: (t) => ({ bytes: t.expose('bytes', { type: 'ByteCount', nullable: true }) }),
})

builder.mutationFields((t) => ({
  setQuota: t.withAuth({ serviceAdmin: 'storage' }).field({
    type: SetQuotaSuccess,
    description:
      "Sets how many bytes a person, or each member of a group, may store. A person's own limit comes first, then the highest of their groups, then the default of the vault.",
    args: { input: t.arg({ type: SetQuotaInput, required: true }) },
    errors: { types: [InvalidInputError] },
    resolve: async (_root, { input }, { usecases, viewer, identity }) => {
      const bytes = input.bytes ?? null
      const actor = { userId: viewer.userId, ip: identity.client.ip, requestId: identity.requestId }
      await usecases.setQuota(holderOf(input), bytes, actor)
      return { bytes }
    },
  }),
}))

function holderOf({ userId, groupName }: { userId?: string | null; groupName?: string | null }): QuotaHolder {
  if (userId && !groupName) return { userId: requireGlobalId('User', 'userId', userId) }
  if (groupName && !userId) return { groupName }
  throw new InvalidInputError('userId', 'Give either a person or a group.')
}
