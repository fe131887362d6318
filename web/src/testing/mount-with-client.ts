import { Client, type Exchange } from '@urql/core'
import urql from '@urql/vue'
import { mount } from '@vue/test-utils'
import { createPinia } from 'pinia'
import type { Component } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import { createCache } from '@/graphql/cache.ts'

const blank: Component = { render: () => null }

/** Mounts a component with the real cache, routes by name, and the given exchange in place of the network. */
export function mountWithClient(
  component: Component,
  exchange: Exchange,
  options: { props?: Record<string, unknown> } = {},
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
      { path: '/documents/:id', name: 'document', component: blank },
    ],
  })
  const wrapper = mount(component, { ...options, global: { plugins: [[urql, client], createPinia(), router] } })
  return { wrapper, client, router }
}
