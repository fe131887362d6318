import type { Viewer } from '@archivolt/kit/identity/identity'
import type { Person } from '../../src/identity/people.ts'

/** What identity says of people: whatever their token says, until a test changes it. */
export function createFakePeople() {
  const changed = new Map<string, Partial<Person>>()
  const versions = new Map<string, number>()
  const stampOf = (userId: string) => `person:${userId}:${versions.get(userId) ?? 0}`
  let asked = 0
  return {
    asked: () => asked,
    of({ userId, role, groups }: Viewer): Person {
      asked++
      const said = { active: true, role, groups, groupIds: [], apps: [], ...changed.get(userId) }
      return { ...said, stamps: [stampOf(userId)] }
    },
    /** Says something else from now on. @returns the stamp of what was said before */
    change(userId: string, to: Partial<Person>): string {
      const before = stampOf(userId)
      changed.set(userId, { ...changed.get(userId), ...to })
      versions.set(userId, (versions.get(userId) ?? 0) + 1)
      return before
    },
  }
}
