import type { Viewer } from '@archivolt/kit/identity/identity'

/** Whether somebody sees the accounts of others: administrators of the vault, and of its people. */
export function seesPeople(viewer: Viewer | null): boolean {
  if (!viewer || !(viewer.scopes?.includes('identity:admin') ?? true)) return false
  return viewer.role === 'ADMIN' || viewer.groups.includes('identity-admin')
}
