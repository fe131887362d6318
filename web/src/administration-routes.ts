import type { RouteRecordRaw } from 'vue-router'

/** The pages of those who look after the vault, within the shell. */
export const administrationRoutes: RouteRecordRaw[] = [
  {
    path: 'admin/people',
    name: 'people',
    component: () => import('@/pages/PeoplePage.vue'),
    meta: { title: 'People', area: 'identity-admin' },
  },
  {
    path: 'admin/people/:id',
    name: 'person',
    component: () => import('@/pages/PersonPage.vue'),
    props: true,
    meta: { title: 'Person', area: 'identity-admin' },
  },
  {
    path: 'admin/groups',
    name: 'groups',
    component: () => import('@/pages/GroupsPage.vue'),
    meta: { title: 'Groups', area: 'identity-admin' },
  },
  {
    path: 'admin/groups/:id',
    name: 'group',
    component: () => import('@/pages/GroupPage.vue'),
    props: true,
    meta: { title: 'Group', area: 'identity-admin' },
  },
  {
    path: 'admin/plugins',
    name: 'plugins',
    component: () => import('@/pages/PluginsPage.vue'),
    meta: { title: 'Plugins', area: 'identity-admin' },
  },
  {
    path: 'admin/plugins/:id',
    name: 'plugin',
    component: () => import('@/pages/PluginPage.vue'),
    props: true,
    meta: { title: 'Plugin', area: 'identity-admin' },
  },
  {
    path: 'admin/limits',
    name: 'document-limits',
    component: () => import('@/pages/LimitsPage.vue'),
    meta: { title: 'Document limits', area: 'documents-admin' },
  },
  {
    path: 'admin/audit',
    name: 'audit',
    component: () => import('@/pages/AuditPage.vue'),
    meta: { title: 'Audit log', area: 'admin' },
  },
]
