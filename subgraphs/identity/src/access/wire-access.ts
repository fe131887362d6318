import type { Logger } from '@archivolt/kit/log/logger'
import type { PubSub } from '@archivolt/kit/shared-state/pubsub'
import type { ReplayStore } from '@archivolt/kit/shared-state/replay'
import type { PrismaClient } from '../../prisma/client/client.ts'
import { addGroupMember, removeGroupMember } from '../groups/usecases/change-members.ts'
import { createGroup } from '../groups/usecases/create-group.ts'
import { deleteGroup } from '../groups/usecases/delete-group.ts'
import { updateGroup } from '../groups/usecases/update-group.ts'
import type { Transact } from '../sessions/unit-of-work.ts'
import { updatePreferences, updateProfile } from '../users/usecases/update-profile.ts'
import { updateUser } from '../users/usecases/update-user.ts'
import { accessChanges } from './access-changes.ts'
import { grantApp, revokeApp } from './usecases/grant-app.ts'

interface Deps {
  db: PrismaClient
  transact: Transact
  replay: ReplayStore
  pubsub: PubSub
  log: Logger
  now: () => number
}

/** The use cases around people, groups and what they may do. */
export function accessUseCases({ db, transact, replay, pubsub, log, now }: Deps) {
  const change = { transact, changes: accessChanges({ replay, pubsub, log }), now }
  return {
    change,
    createGroup: createGroup(change),
    updateGroup: updateGroup(change),
    deleteGroup: deleteGroup(change),
    addGroupMember: addGroupMember(change),
    removeGroupMember: removeGroupMember(change),
    grantApp: grantApp(change),
    revokeApp: revokeApp(change),
    updateUser: updateUser(change),
    updateProfile: updateProfile({ db }),
    updatePreferences: updatePreferences({ db }),
  }
}
