import { fromGlobalId } from '@archivolt/kit/graph/global-id'
import { builder } from '../graph/builder.ts'
import { MigrationRef } from './migration.graph.ts'
import { progressChannel } from './migration-events.ts'
import { pacedStates } from './paced-events.ts'
import { readMigration, type MigrationView } from './read-migrations.ts'

/** Four times a second, however many files move. */
const EVERY_MS = 250

const MigrationProgress = builder.objectRef<MigrationView>('MigrationProgress').implement({
  fields: (t) => ({ migration: t.field({ type: MigrationRef, resolve: (view) => view }) }),
})

builder.subscriptionField('migrationProgress', (t) =>
  t.withAuth({ serviceAdmin: 'storage' }).field({
    type: MigrationProgress,
    description:
      'The migration as it is, at once and whenever it got on, at most four times a second. Ends after the state with which it is over.',
    args: { id: t.arg.id({ required: true }) },
    subscribe: async (_root, { id }, { db, now, pubsub }) => {
      const migrationId = fromGlobalId('Migration', id)
      // Heard from before the first state is read, so that nothing falls between the two.
      const events = await pubsub.subscribe(progressChannel(migrationId ?? 'none'))
      return pacedStates<MigrationView>(events, {
        read: async () => (migrationId ? readMigration(db, migrationId, now()) : null),
        isLast: isOver,
        everyMs: EVERY_MS,
      })
    },
    resolve: (view) => view,
  }),
)

/** Nothing of it moves any more, and nothing will without someone's word or the passing of days. */
function isOver({ state, release }: MigrationView): boolean {
  return (state === 'FINISHED' || state === 'CANCELLED') && release !== 'QUARANTINING' && release !== 'DELETING'
}
