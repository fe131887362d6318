import { forbidden } from '@archivolt/kit/errors/to-graphql'
import { fromGlobalId } from '@archivolt/kit/graph/global-id'
import { builder } from '../graph/builder.ts'
import { accountOf } from './read-account.ts'

interface Share {
  bucket: string
  backend: string
  bytes: bigint
  objects: number
}

interface Usage {
  userId: string
  used: bigint
  reserved: bigint
  own: bigint
  limit: bigint | null
}

const StorageShare = builder.objectRef<Share>('StorageShare').implement({
  description: 'What lies in one bucket at one place.',
  fields: (t) => ({
    bucket: t.exposeString('bucket'),
    backend: t.exposeString('backend', { description: 'Name of the place.' }),
    bytes: t.expose('bytes', { type: 'ByteCount' }),
    objects: t.exposeInt('objects'),
  }),
})

const StorageUsage = builder.objectRef<Usage>('StorageUsage').implement({
  fields: (t) => ({
    used: t.expose('used', { type: 'ByteCount' }),
    own: t.expose('own', {
      type: 'ByteCount',
      description:
        "How much of `used` and `reserved` is in the person's own accounts: it does not count against the limit.",
    }),
    reserved: t.expose('reserved', { type: 'ByteCount', description: 'Set aside for uploads under way.' }),
    limit: t.expose('limit', { type: 'ByteCount', nullable: true, description: 'Null for no limit.' }),
    shares: t.field({
      type: [StorageShare],
      resolve: ({ userId }, _args, { db }) => db.$queryRaw<Share[]>`
        SELECT b."bucket", coalesce(c."name", s."name") AS backend, sum(b."size")::bigint AS bytes, count(*)::int AS objects
        FROM "blobs" b
        JOIN "replicas" r ON r."blob_id" = b."id" AND r."state" = 'VERIFIED'
        JOIN "storage_backends" s ON s."id" = r."backend_id"
        LEFT JOIN "cloud_connections" c ON c."backend_id" = s."id"
        WHERE b."owner_id" = ${userId}::uuid
        GROUP BY 1, 2 ORDER BY 1, 2`,
    }),
  }),
})

const UserRef = builder.externalRef('User', builder.selection<{ id: string }>('id'), (reference) => reference)

UserRef.implement({
  externalFields: (t) => ({ id: t.id() }),
  fields: (t) => ({
    storageUsage: t.field({
      type: StorageUsage,
      // Another service's field: when that service is away, the rest of the person is still told.
      nullable: true,
      authScopes: { signedIn: true },
      description: 'For the person and for administrators.',
      resolve: async (user, _args, { db, viewer, quotaDefault }) => {
        const userId = fromGlobalId('User', user.id)
        if (!userId || !viewer || (viewer.userId !== userId && viewer.role !== 'ADMIN')) throw forbidden()
        const groups = viewer.userId === userId ? viewer.groups : null
        return { userId, ...(await accountOf(db, userId, groups, quotaDefault)) }
      },
    }),
  }),
})
