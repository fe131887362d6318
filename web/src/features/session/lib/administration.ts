/** A part of the administration, by the group whose members may do it beside administrators of the vault. */
export type Area = 'identity-admin' | 'documents-admin' | 'storage-admin' | 'ai-admin'

/** Whether a person may see a part of the administration; the server decides anyway. */
export function administers(role: string | undefined, groups: readonly string[], area: Area): boolean {
  return role === 'ADMIN' || groups.includes(area)
}
