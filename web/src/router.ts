import { nextTick } from 'vue'
import { createRouter, createWebHistory, type Router } from 'vue-router'
import AppShell from '@/features/shell/components/AppShell.vue'
import type { Area } from '@/features/session/lib/administration.ts'
import { safeNext } from '@/features/session/lib/safe-next.ts'
import type { useSession } from '@/features/session/session-store.ts'
import LibraryPage from '@/pages/LibraryPage.vue'
import { administrationRoutes } from './administration-routes.ts'

declare module 'vue-router' {
  interface RouteMeta {
    title?: string
    /** For people who are not signed in. */
    signedOut?: boolean
    /** For everybody, signed in or not: where links of mails lead. */
    open?: boolean
    /** For strangers: it does not even ask who is there. */
    stranger?: boolean
    /** Spares others a page of refusals; the server decides anyway. */
    area?: Area
  }
}

export function createAppRouter(session: ReturnType<typeof useSession>): Router {
  const router = createRouter({
    history: createWebHistory(),
    scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 }),
    routes: [
      {
        path: '/sign-in',
        name: 'sign-in',
        component: () => import('@/pages/SignInPage.vue'),
        meta: { signedOut: true, title: 'Sign in' },
      },
      {
        path: '/register',
        name: 'register',
        component: () => import('@/pages/RegisterPage.vue'),
        meta: { signedOut: true, title: 'Create an account' },
      },
      {
        path: '/forgot-password',
        name: 'forgot-password',
        component: () => import('@/pages/ForgotPasswordPage.vue'),
        meta: { signedOut: true, title: 'Forgot your password?' },
      },
      {
        path: '/reset-password',
        name: 'reset-password',
        component: () => import('@/pages/ResetPasswordPage.vue'),
        meta: { open: true, title: 'New password' },
      },
      {
        path: '/verify-email',
        component: () => import('@/pages/ConfirmAddressPage.vue'),
        props: { purpose: 'verify' },
        meta: { open: true, title: 'Confirm your address' },
      },
      {
        path: '/confirm-email',
        component: () => import('@/pages/ConfirmAddressPage.vue'),
        props: { purpose: 'change' },
        meta: { open: true, title: 'Confirm your address' },
      },
      {
        path: '/s/:token',
        name: 'shared-link',
        component: () => import('@/pages/SharedLinkPage.vue'),
        props: true,
        meta: { stranger: true, title: 'Shared document' },
      },
      {
        path: '/',
        component: AppShell,
        children: [
          { path: '', name: 'library', component: LibraryPage, meta: { title: 'Documents' } },
          {
            path: 'shared',
            name: 'shared',
            component: LibraryPage,
            props: { place: 'shared' },
            meta: { title: 'Shared with me' },
          },
          { path: 'trash', name: 'trash', component: LibraryPage, props: { place: 'trash' }, meta: { title: 'Trash' } },
          {
            path: 'categories',
            name: 'categories',
            component: () => import('@/pages/CategoriesPage.vue'),
            meta: { title: 'Categories' },
          },
          {
            path: 'documents/:id',
            name: 'document',
            component: () => import('@/pages/DocumentPage.vue'),
            props: true,
            meta: { title: 'Document' },
          },
          {
            path: 'account',
            component: () => import('@/pages/AccountPage.vue'),
            meta: { title: 'Account' },
            children: [
              { path: '', name: 'account', component: () => import('@/pages/account/ProfilePage.vue') },
              {
                path: 'security',
                name: 'account-security',
                component: () => import('@/pages/account/SecurityPage.vue'),
                meta: { title: 'Security' },
              },
              {
                path: 'tokens',
                name: 'account-tokens',
                component: () => import('@/pages/account/TokensPage.vue'),
                meta: { title: 'API tokens' },
              },
              {
                path: 'connections',
                name: 'account-connections',
                component: () => import('@/pages/account/ConnectionsPage.vue'),
                meta: { title: 'Cloud accounts' },
              },
            ],
          },
          ...administrationRoutes,
          {
            path: 'admin/storage',
            name: 'storage',
            component: () => import('@/pages/StoragePage.vue'),
            meta: { title: 'Storage', area: 'storage-admin' },
          },
          {
            path: ':rest(.*)*',
            name: 'not-found',
            component: () => import('@/pages/NotFoundPage.vue'),
            meta: { title: 'Not found' },
          },
        ],
      },
    ],
  })

  router.beforeEach(async (to) => {
    if (to.meta.stranger) return
    await session.restore()
    if (to.meta.open) return
    // Without an answer App.vue shows that instead of any page, and this guard runs again when there is one.
    if (session.state === 'unreachable') return
    if (session.state === 'signed-out') {
      return to.meta.signedOut ? true : { name: 'sign-in', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
    }
    if (to.meta.signedOut) return safeNext(to.query.next)
    if (to.meta.area && !(await session.mayEnter(to.meta.area))) {
      return { name: 'not-found', params: { rest: to.path.slice(1).split('/') }, replace: true }
    }
  })

  router.afterEach((to, from) => {
    document.title = to.meta.title ? `${to.meta.title} · Archivolt` : 'Archivolt'
    // A new page is announced and tabbed through from its top; the first one is where the browser put it.
    if (from.matched.length > 0 && to.path !== from.path) {
      void nextTick(() => {
        const main = document.querySelector<HTMLElement>('#main')
        if (!main?.contains(document.activeElement)) main?.focus({ preventScroll: true })
      })
    }
  })

  return router
}
