import type { Area } from '@/features/session/lib/administration.ts'

/** What a token may be allowed to do; those with an area are for its administrators. */
export const SCOPES: readonly { name: string; label: string; area?: Area }[] = [
  { name: 'documents:read', label: 'See, search and download documents' },
  { name: 'documents:write', label: 'Add and change documents' },
  { name: 'documents:admin', label: 'Manage the limits of documents', area: 'documents-admin' },
  { name: 'storage:admin', label: 'Manage places for files and moves', area: 'storage-admin' },
  { name: 'ai:admin', label: 'Manage the AI', area: 'ai-admin' },
]
