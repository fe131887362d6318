import { expect, it } from 'vitest'
import { fakeServer } from '@/testing/fake-server.ts'
import { openPage, press } from '@/testing/open-page.ts'
import PersonView from './PersonView.vue'

const person = (change = {}) => ({
  __typename: 'User',
  id: 'ada',
  name: 'Ada',
  email: 'ada@example.com',
  emailVerified: true,
  role: 'USER',
  active: true,
  createdAt: '2025-11-01T10:00:00Z',
  fullName: null,
  phone: null,
  language: null,
  timeZone: null,
  groups: [{ __typename: 'Group', id: 'office', name: 'Office', builtIn: false }],
  storageUsage: { __typename: 'StorageUsage', used: 2_000_000, reserved: 0, limit: 8_000_000, own: 0 },
  ...change,
})
const plugins = { __typename: 'QueryPluginsConnection', edges: [] }

async function open(
  account: Record<string, unknown> | null,
  answers: Record<string, unknown> = {},
  role: 'ADMIN' | 'USER' = 'ADMIN',
) {
  const sent: unknown[] = []
  const server = fakeServer((operation) => {
    if (operation.kind === 'query') return { user: account, plugins }
    sent.push(operation.variables?.input)
    return answers
  })
  const { wrapper } = await openPage(PersonView, server.exchange, '/admin/people/ada', { props: { id: 'ada' }, role })
  return { wrapper, sent, server }
}
const dialog = () => document.querySelector('[role="alertdialog"]')

it('tells of a person who they are, what they store, and where they belong', async () => {
  const { wrapper } = await open(person({ emailVerified: false }))
  expect(wrapper.text()).toMatch(/User.*Address not confirmed.*ada@example\.com.*2 MB of 8 MB used \(25%\).*Office/)
})

it('says what deactivating does before it is done, and shows the account as it is then', async () => {
  const updateUser = { __typename: 'UpdateUserSuccess', user: person({ active: false }) }
  const { wrapper, sent } = await open(person(), { updateUser })
  await press('Deactivate')
  expect(dialog()!.textContent).toContain('All sessions and API tokens of Ada stop at once')
  expect(sent).toEqual([])
  await press('Deactivate')
  expect(sent).toEqual([{ userId: 'ada', active: false }])
  expect(dialog()).toBeNull()
  expect(wrapper.text()).toContain('Deactivated')
  expect(wrapper.findAll('[role="status"].sr-only').at(-1)!.text()).toBe(
    'Ada is deactivated and signed out everywhere.',
  )
})

it('says where it was asked that the last administrator stays', async () => {
  const message = 'This is the last administrator. Make another one first.'
  const updateUser = { __typename: 'LastAdminError', code: 'identity.user.last_admin', message }
  const { wrapper } = await open(person({ role: 'ADMIN' }), { updateUser })
  await press('Make a plain user')
  await press('Make a plain user')
  expect(dialog()!.textContent).toContain(message)
  expect(wrapper.text()).toContain('Administrator')
})

it('offers nothing over administrators to those who look after people alone', async () => {
  const { wrapper } = await open(person({ role: 'ADMIN' }), {}, 'USER')
  expect(wrapper.text()).toContain('Only administrators of the vault change the accounts of administrators.')
  expect(wrapper.findAll('button').map((button) => button.text())).not.toContain('Deactivate')
})

it('lets those who look after people alone deactivate others, but hand out no power', async () => {
  const { wrapper } = await open(person(), {}, 'USER')
  const buttons = wrapper.findAll('button').map((button) => button.text())
  expect(buttons).toContain('Deactivate')
  expect(buttons).not.toContain('Make an administrator')
})

it('says that there is nobody of this id', async () => {
  const { wrapper } = await open(null)
  expect(wrapper.text()).toContain('There is no such person')
})
