import type { Manifest } from '@archivolt/kit/server/manifest'

export const manifest: Manifest = {
  id: 'ai',
  name: 'AI',
  version: '0.1.0',
  description: 'Suggests topics for documents, by a provider that an administrator chooses.',
  icon: 'sparkles',
  routes: [],
  access: { allowSuperuser: true, requiredGroups: ['ai-admin'] },
}
