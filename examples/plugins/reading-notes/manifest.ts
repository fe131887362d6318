/** What this plugin says of itself at `GET /plugin/manifest`. */
export const manifest = {
  id: 'reading-notes',
  name: 'Reading notes',
  version: '1.0.0',
  description: 'Notes that you keep for yourself beside your documents.',
  icon: 'notebook-pen',
  routes: [{ path: '/reading-notes', label: 'Notes', icon: 'notebook-pen' }],
  // Administrators, members of the group that the vault makes for it, and whoever is granted it.
  access: { allowSuperuser: true, requiredGroups: ['reading-notes-admin'] },
  settings: true,
  subgraph: true,
}
