import { flushPromises } from '@vue/test-utils'
import { expect, it } from 'vitest'
import { fakeServer } from '@/testing/fake-server.ts'
import { openPage, press } from '@/testing/open-page.ts'
import GroupView from './GroupView.vue'

const person = (name: string) => ({
  __typename: 'User',
  id: name.toLowerCase(),
  name,
  email: `${name}@example.com`,
  active: true,
})
const connection = (kind: string, nodes: { id: string }[]) => ({
  __typename: `${kind}Connection`,
  edges: nodes.map((node) => ({ __typename: `${kind}ConnectionEdge`, cursor: node.id, node })),
  pageInfo: { __typename: 'PageInfo', endCursor: nodes.at(-1)?.id ?? null, hasNextPage: false },
})
const refusal = (__typename: string, message: string) => ({ __typename, code: 'identity.x', message })

/** A vault with Ada and Grace, of whom Ada is in the group. */
async function open(options: { builtIn?: boolean; role?: 'ADMIN' | 'USER'; answers?: Record<string, unknown> } = {}) {
  const { builtIn = false, role = 'ADMIN', answers = {} } = options
  const members = [person('Ada')]
  const sent: Record<string, unknown>[] = []
  const facts = () => ({
    __typename: 'Group',
    id: 'office',
    name: builtIn ? 'storage-admin' : 'Office',
    description: '',
    builtIn,
    createdAt: '2025-11-01T10:00:00Z',
    memberCount: members.length,
  })
  const server = fakeServer((operation) => {
    if (operation.kind === 'query') {
      return {
        group: { ...facts(), members: connection('GroupMembers', members) },
        groupQuotas: [{ __typename: 'GroupQuota', groupName: 'Office', bytes: 3_000_000_000 }],
        users: connection('QueryUsers', [person('Ada'), person('Grace')]),
        plugins: connection('QueryPlugins', [
          {
            __typename: 'Plugin',
            id: 'notes',
            name: 'Notes',
            access: { __typename: 'PluginAccess', allowSuperuser: true, requiredGroups: ['notes-admin'] },
          } as never,
        ]),
      }
    }
    const { input } = operation.variables as { input: { userId?: string } }
    sent.push(input)
    if (Object.keys(answers).length > 0) return answers
    if (input.userId === 'grace') members.push(person('Grace'))
    if (input.userId === 'ada') members.splice(0, 1)
    return {
      addGroupMember: { __typename: 'AddGroupMemberSuccess', group: facts() },
      removeGroupMember: { __typename: 'RemoveGroupMemberSuccess', group: facts() },
      grantApp: { __typename: 'GrantAppSuccess', app: { __typename: 'Plugin', id: 'notes' } },
      deleteGroup: { __typename: 'DeleteGroupSuccess', groupId: 'office' },
    }
  })
  const { wrapper, router } = await openPage(GroupView, server.exchange, '/admin/groups/office', {
    props: { id: 'office' },
    role,
  })
  const names = () => wrapper.findAll('[aria-label^="Members of"] a').map((link) => link.text())
  return { wrapper, router, sent, names }
}

it('finds people, adds them, and takes them out again', async () => {
  const { wrapper, sent, names } = await open()
  expect(names()).toEqual(['Ada'])
  await wrapper.find('input[aria-label="Find people to add"]').setValue('a')
  await wrapper.find('form[role="search"]').trigger('submit')
  await flushPromises()
  expect(wrapper.find('[aria-label="People found"]').text()).toMatch(/Ada.*Already in.*Grace/)
  await press('Add Grace')
  expect(names()).toEqual(['Ada', 'Grace'])
  await press('Remove Ada')
  expect(names()).toEqual(['Grace'])
  expect(sent).toEqual([
    { groupId: 'office', userId: 'grace' },
    { groupId: 'office', userId: 'ada' },
  ])
})

it('marks groups that the vault makes, and leaves their name alone', async () => {
  const { wrapper } = await open({ builtIn: true })
  expect(wrapper.text()).toContain('Made by the vault')
  expect(wrapper.text()).not.toContain('Rename')
  expect(wrapper.find('input[aria-label="Find people to add"]').exists()).toBe(true)
})

it('lets only administrators of the vault fill them', async () => {
  const { wrapper } = await open({ builtIn: true, role: 'USER' })
  expect(wrapper.text()).toContain('only administrators of the vault change its members')
  expect(wrapper.find('input[aria-label="Find people to add"]').exists()).toBe(false)
  expect(wrapper.find('[aria-label="Remove Ada"]').exists()).toBe(false)
})

it('is deleted after it was said what that takes away', async () => {
  const { router, sent } = await open()
  await press('Delete')
  expect(document.querySelector('[role="alertdialog"]')!.textContent).toContain('Its members lose at once')
  await press('Delete the group')
  expect(sent).toEqual([{ groupId: 'office' }])
  expect(router.currentRoute.value.name).toBe('groups')
})

it('says beside the name that it is taken', async () => {
  const updateGroup = refusal('GroupNameTakenError', 'There is a group of this name already.')
  await open({ answers: { updateGroup } })
  await press('Rename')
  await press('Save')
  const input = document.querySelector('[role="dialog"] input[name="name"]')!
  expect(input.getAttribute('aria-invalid')).toBe('true')
  expect(document.getElementById(input.getAttribute('aria-describedby')!)!.textContent).toContain('already')
})

it('gives an app to the group, and tells the limit of its members', async () => {
  const { wrapper, sent } = await open()
  expect(wrapper.text()).toContain('3 GB at most.')
  expect(wrapper.text()).toContain('Members of notes-admin may use it, and administrators.')
  await wrapper.find('form:not([role])').trigger('submit')
  await flushPromises()
  expect(sent).toEqual([{ appId: 'notes', groupId: 'office' }])
  expect(wrapper.text()).toContain('Office may use Notes now.')
})
