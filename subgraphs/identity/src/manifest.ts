import type { Manifest } from '@archivolt/kit/server/manifest'

export const manifest: Manifest = {
  id: 'identity',
  name: 'People',
  version: '0.1.0',
  description: 'Accounts, sessions, groups and the features of this vault.',
  icon: 'users',
  routes: [],
  access: { allowSuperuser: true, requiredGroups: ['identity-admin'] },
}
