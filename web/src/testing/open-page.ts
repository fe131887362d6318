import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { Client, type Exchange } from '@urql/core'
import urql from '@urql/vue'
import { createPinia, setActivePinia } from 'pinia'
import { onTestFinished } from 'vitest'
import type { Component } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import { administrationRoutes } from '@/administration-routes.ts'
import { useSession } from '@/features/session/session-store.ts'
import { createCache } from '@/graphql/cache.ts'

const blank: Component = { render: () => null }

/** Mounts a component as an administrator sees it at a path, with the given exchange in place of the network. */
export async function openPage(
  component: Component,
  exchange: Exchange,
  path: string,
  options: { props?: Record<string, unknown>; role?: 'ADMIN' | 'USER' } = {},
) {
  const client = new Client({
    url: '/graphql',
    preferGetMethod: false,
    requestPolicy: 'cache-and-network',
    exchanges: [createCache(), exchange],
  })
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/', name: 'library', component: blank },
      ...administrationRoutes.map(({ path, name }) => ({ path: `/${path}`, name, component: blank })),
    ],
  })
  await router.push(path)
  const pinia = createPinia()
  setActivePinia(pinia)
  useSession().user = { id: 'self', name: 'Self', email: 'self@example.com', role: options.role ?? 'ADMIN' }
  const wrapper: VueWrapper = mount(component, {
    props: options.props ?? {},
    global: { plugins: [[urql, client], pinia, router] },
    attachTo: document.body,
  })
  onTestFinished(() => wrapper.unmount())
  await flushPromises()
  return { wrapper, router }
}

/** Clicks the button with this text or name, in the page or in a dialog above it. */
export async function press(name: string): Promise<void> {
  const buttons = [...document.querySelectorAll('button')]
  const button = buttons.findLast(
    (each) => each.getAttribute('aria-label') === name || each.textContent?.trim() === name,
  )
  if (!button) throw new Error(`There is no button "${name}".`)
  button.click()
  await flushPromises()
}
