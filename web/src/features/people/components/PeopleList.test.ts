import { flushPromises } from '@vue/test-utils'
import { expect, it } from 'vitest'
import { fakeServer } from '@/testing/fake-server.ts'
import { openPage, press } from '@/testing/open-page.ts'
import PeopleList from './PeopleList.vue'

const person = (name: string) => ({
  __typename: 'QueryUsersConnectionEdge',
  cursor: name,
  node: {
    __typename: 'User',
    id: name,
    name,
    email: `${name}@example.com`,
    emailVerified: true,
    role: 'USER',
    active: true,
    createdAt: '2025-11-01T10:00:00Z',
    storageUsage: null,
  },
})
/** Answers two pages, as long as nobody is searched for. */
async function open(path: string, role: 'ADMIN' | 'USER' = 'ADMIN') {
  const server = fakeServer(({ variables }) => {
    const names = variables?.filter?.search ? [] : variables?.after ? ['Grace'] : ['Ada']
    return {
      users: {
        __typename: 'QueryUsersConnection',
        totalCount: names.length,
        edges: names.map(person),
        pageInfo: { __typename: 'PageInfo', endCursor: names.at(-1) ?? null, hasNextPage: names[0] === 'Ada' },
      },
    }
  })
  const { wrapper, router } = await openPage(PeopleList, server.exchange, path, { role })
  const asked = () => server.asked.map(({ variables }) => variables)
  return { wrapper, router, asked, rows: () => wrapper.findAll('tbody a').map((link) => link.text()) }
}

it('asks for what the address says', async () => {
  const { asked } = await open('/admin/people?q=ada&role=admin&state=deactivated')
  expect(asked()).toEqual([
    { first: 50, after: null, filter: { search: 'ada', role: 'ADMIN', active: false }, usage: true },
  ])
})

it('does not ask what others store for whoever may not see it', async () => {
  const { asked } = await open('/admin/people', 'USER')
  expect(asked()).toEqual([{ first: 50, after: null, filter: null, usage: false }])
})

it('keeps its place in the address, and goes back to the page before', async () => {
  const { router, rows } = await open('/admin/people')
  expect(rows()).toEqual(['Ada'])
  await press('Next')
  expect(router.currentRoute.value.query).toEqual({ after: 'Ada' })
  expect(rows()).toEqual(['Grace'])
  await press('Back')
  await flushPromises()
  expect(router.currentRoute.value.query).toEqual({})
  expect(rows()).toEqual(['Ada'])
})

it('begins at the first page of a new filter, and clears filters that find nobody', async () => {
  const { wrapper, router, rows } = await open('/admin/people?after=Ada')
  await wrapper.find('select[aria-label="Role"]').setValue('admin')
  await flushPromises()
  expect(router.currentRoute.value.query).toEqual({ role: 'admin' })
  await router.replace({ query: { q: 'nobody' } })
  await flushPromises()
  expect(wrapper.text()).toContain('Nobody matches')
  await press('Clear filters')
  expect(rows()).toEqual(['Ada'])
})

it('asks for nothing when another page is on its way in', async () => {
  const { router, asked } = await open('/admin/people?role=admin')
  await router.push('/')
  await flushPromises()
  expect(asked()).toHaveLength(1)
})
