import { DomainError, InvalidInputError, UnavailableError } from '@archivolt/kit/errors/domain-error'
import { fromGlobalId, toGlobalId } from '@archivolt/kit/graph/global-id'
import type { Page } from '@archivolt/kit/graph/connection'
import type { AuditEvent, AuditExport } from '../../prisma/client/client.ts'
import { builder } from '../graph/builder.ts'
import { UserRef } from '../users/user.graph.ts'
import { actorOf } from './actor.ts'
import { AuditExportDiffersError } from './audit.errors.ts'
import { dayOf } from './audit-file.ts'
import { sorted } from './audit-chain.ts'
import { findEvents, whereOf, type AuditFilter } from './find-events.ts'

builder.objectType(AuditExportDiffersError, { name: 'AuditExportDiffersError', interfaces: [DomainError] })

interface Target {
  type: string
  id: string
}
const AuditTarget = builder.objectRef<Target>('AuditTarget').implement({
  description: 'What something was done to. The id is the one inside the service, for comparing and filtering.',
  fields: (t) => ({ type: t.exposeString('type'), id: t.exposeString('id') }),
})

const AuditDetail = builder.objectRef<{ name: string; value: string }>('AuditDetail').implement({
  fields: (t) => ({ name: t.exposeString('name'), value: t.exposeString('value') }),
})

const AuditEventRef = builder.prismaObject('AuditEvent', {
  description: 'Something that happened to an account, a right or a setting. Nothing can change or remove it.',
  fields: (t) => ({
    id: t.id({ resolve: (event) => toGlobalId('AuditEvent', event.id) }),
    seq: t.field({
      type: 'Int',
      description: 'Its place in the log, from 1 without a gap.',
      resolve: (event) => Number(event.seq),
    }),
    at: t.expose('at', { type: 'DateTime', description: 'When it happened.' }),
    recordedAt: t.expose('recordedAt', { type: 'DateTime', description: 'When it reached the log.' }),
    type: t.exposeString('type', { description: '`service.thing.happened`.' }),
    service: t.exposeString('service'),
    actor: t.field({
      type: UserRef,
      nullable: true,
      description: 'Who did it; null for the vault itself, for strangers and for accounts that are gone.',
      resolve: (event, _args, { loaders }) => (event.actorId ? loaders.user.load(event.actorId) : null),
    }),
    target: t.field({
      type: AuditTarget,
      nullable: true,
      resolve: ({ targetType, targetId }) => (targetType === null ? null : { type: targetType, id: targetId ?? '' }),
    }),
    ip: t.exposeString('ip', { nullable: true }),
    requestId: t.exposeString('requestId', { nullable: true }),
    details: t.field({
      type: [AuditDetail],
      resolve: (event) =>
        Object.entries(sorted(event.details)).map(([name, value]) => ({ name, value: String(value) })),
    }),
  }),
})

interface EventPage extends Page<AuditEvent> {
  filter: AuditFilter
}
const AuditEventEdge = builder
  .objectRef<Page<AuditEvent>['edges'][number]>('QueryAuditEventsConnectionEdge')
  .implement({
    fields: (t) => ({
      cursor: t.exposeString('cursor'),
      node: t.field({ type: AuditEventRef, resolve: (edge) => edge.node }),
    }),
  })
const AuditEventConnection = builder.objectRef<EventPage>('QueryAuditEventsConnection').implement({
  fields: (t) => ({
    edges: t.field({ type: [AuditEventEdge], resolve: (page) => page.edges }),
    pageInfo: t.field({ type: builder.pageInfoRef(), resolve: (page) => page.pageInfo }),
    totalCount: t.int({ resolve: (page, _args, { db }) => db.auditEvent.count({ where: whereOf(page.filter) }) }),
  }),
})

const AuditTargetInput = builder.inputType('AuditTargetInput', {
  fields: (t) => ({ type: t.string({ required: true }), id: t.string() }),
})
const AuditEventFilter = builder.inputType('AuditEventFilter', {
  fields: (t) => ({
    service: t.string(),
    type: t.string({ description: 'Exactly, for example `identity.session.opened`.' }),
    actorId: t.id({ description: 'The id of a user.' }),
    target: t.field({ type: AuditTargetInput }),
    from: t.field({ type: 'DateTime', description: 'At this moment or after it.' }),
    to: t.field({ type: 'DateTime', description: 'Before this moment.' }),
  }),
})

builder.queryField('auditEvents', (t) =>
  t.withAuth({ admin: true }).field({
    type: AuditEventConnection,
    description: 'What happened in this vault, the newest first.',
    args: { filter: t.arg({ type: AuditEventFilter }), first: t.arg.int(), after: t.arg.string() },
    resolve: async (_root, { filter, first, after }, { db }): Promise<EventPage> => {
      const wanted: AuditFilter = {
        ...filter,
        // The id of nobody finds nothing.
        actorId: filter?.actorId && (fromGlobalId('User', filter.actorId) ?? '-'),
      }
      return { ...(await findEvents(db, { filter: wanted, first, after })), filter: wanted }
    },
  }),
)

const AuditExportRef = builder.objectRef<AuditExport>('AuditExport').implement({
  description: 'A finished day of the log, as JSON Lines in the bucket `audit`, its last line signed.',
  fields: (t) => ({
    day: t.string({ description: 'In UTC, `2026-01-31`.', resolve: (day) => dayOf(day.day.getTime()) }),
    name: t.exposeString('name'),
    events: t.exposeInt('events'),
    sha256: t.exposeString('sha256'),
    exportedAt: t.expose('exportedAt', { type: 'DateTime' }),
  }),
})

const ExportAuditLogSuccess = builder.objectRef<AuditExport[]>('ExportAuditLogSuccess').implement({
  fields: (t) => ({
    exports: t.field({
      type: [AuditExportRef],
      description: 'The days that were due, at most 400; none when all were exported before.',
      resolve: (days) => days,
    }),
  }),
})

builder.mutationField('exportAuditLog', (t) =>
  t.withAuth({ admin: true }).field({
    type: ExportAuditLogSuccess,
    description: 'Exports every finished day that is not exported yet, without waiting for midnight.',
    errors: { types: [UnavailableError, InvalidInputError, AuditExportDiffersError] },
    resolve: (_root, _args, context) => context.usecases.exportAuditLog(actorOf(context)),
  }),
)
