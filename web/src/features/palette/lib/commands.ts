import type { RouteLocationRaw } from 'vue-router'
import type { Area } from '@/features/session/lib/administration.ts'

export interface Command {
  id: string
  label: string
  /** Other words for it. */
  words?: string
  to?: RouteLocationRaw
  /** For those who may do it alone. */
  area?: Area
}

/** Where one can go by name; the shell adds what can be done. */
export const PLACES: readonly Command[] = [
  { id: 'library', label: 'Documents', words: 'library home', to: { name: 'library' } },
  { id: 'shared', label: 'Shared with me', to: { name: 'shared' } },
  { id: 'categories', label: 'Categories', words: 'folders drawers', to: { name: 'categories' } },
  { id: 'trash', label: 'Trash', words: 'deleted bin', to: { name: 'trash' } },
  { id: 'account', label: 'Account', words: 'profile preferences language', to: { name: 'account' } },
  { id: 'security', label: 'Security', words: 'password two-factor sessions', to: { name: 'account-security' } },
  { id: 'tokens', label: 'API tokens', words: 'keys', to: { name: 'account-tokens' } },
  {
    id: 'connections',
    label: 'Cloud accounts',
    words: 'nextcloud google drive onedrive webdav',
    to: { name: 'account-connections' },
  },
  { id: 'people', label: 'People', words: 'users roles', to: { name: 'people' }, area: 'identity-admin' },
  { id: 'groups', label: 'Groups', to: { name: 'groups' }, area: 'identity-admin' },
  { id: 'plugins', label: 'Plugins', words: 'services health', to: { name: 'plugins' }, area: 'identity-admin' },
  {
    id: 'storage',
    label: 'Storage',
    words: 'migration move places s3',
    to: { name: 'storage' },
    area: 'storage-admin',
  },
]

/** Those whose label or words contain every word typed, in their order. */
export function matching<C extends Command>(commands: readonly C[], typed: string): C[] {
  const wanted = typed.toLowerCase().split(/\s+/).filter(Boolean)
  return commands.filter(({ label, words = '' }) => {
    const text = `${label} ${words}`.toLowerCase()
    return wanted.every((word) => text.includes(word))
  })
}
