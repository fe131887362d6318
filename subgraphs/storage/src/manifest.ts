import type { Manifest } from '@archivolt/kit/server/manifest'

export const manifest: Manifest = {
  id: 'storage',
  name: 'Storage',
  version: '0.1.0',
  description: 'Where the bytes of documents live.',
  icon: 'hard-drive',
  routes: [],
  access: { allowSuperuser: true, requiredGroups: ['storage-admin'] },
}
