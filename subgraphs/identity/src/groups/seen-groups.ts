import type { Viewer } from '@archivolt/kit/identity/identity'
import type { Prisma } from '../../prisma/client/client.ts'
import { seesPeople } from '../access/sees-people.ts'

const NOBODY = '00000000-0000-0000-0000-000000000000'

/** Which groups somebody sees: all for administrators of people, their own for everyone else. */
export const seenGroups = (viewer: Viewer | null): Prisma.GroupWhereInput =>
  seesPeople(viewer) ? {} : { members: { some: { userId: viewer?.userId ?? NOBODY } } }
