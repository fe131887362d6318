/**
 * A part of the administration, by the group whose members may do it beside administrators of the vault; `admin` is for
 * those alone, and the name of no group that the vault makes.
 */
export type Area = 'admin' | 'identity-admin' | 'documents-admin' | 'storage-admin' | 'ai-admin'

/** Whether a person may see a part of the administration; the server decides anyway. */
export function administers(role: string | undefined, groups: readonly string[], area: Area): boolean {
  return role === 'ADMIN' || groups.includes(area)
}
