import type { Manifest } from '@archivolt/kit/server/manifest'

export const manifest: Manifest = {
  id: 'documents',
  name: 'Documents',
  version: '0.1.0',
  description: 'Documents: in, read, found.',
  icon: 'files',
  routes: [{ path: '/', label: 'Documents', icon: 'files' }],
  access: { allowSuperuser: true, requiredGroups: [] },
}
