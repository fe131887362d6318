import { flushPromises, type VueWrapper } from '@vue/test-utils'
import { afterEach, expect, it } from 'vitest'
import { fakeServer } from '@/testing/fake-server.ts'
import { mountWithClient } from '@/testing/mount-with-client.ts'
import ShareDialog from './ShareDialog.vue'

const mounted: VueWrapper[] = []
afterEach(() => mounted.splice(0).forEach((wrapper) => wrapper.unmount()))

const share = {
  __typename: 'Share',
  id: 's1',
  level: 'VIEW',
  user: { __typename: 'User', id: 'bob', name: 'Bob', email: 'bob@example.com' },
  group: null,
}

async function open(answers: Record<string, unknown>) {
  const sent: [string, unknown][] = []
  const server = fakeServer(({ kind, query, variables }) => {
    if (kind === 'query') {
      const group = { __typename: 'Group', id: 'g1', name: 'Family' }
      return {
        document: { __typename: 'Document', id: 'd1', shares: [share], links: [] },
        groups: {
          __typename: 'QueryGroupsConnection',
          edges: [{ __typename: 'QueryGroupsConnectionEdge', cursor: 'g1', node: group }],
        },
      }
    }
    const name = /\s(\w+)\(input: \$input\)/.exec(query.loc!.source.body)![1]!
    sent.push([name, (variables as { input: unknown }).input])
    return { [name]: answers[name] }
  })
  const props = { open: true, documentId: 'd1', title: 'Bill' }
  mounted.push(mountWithClient(ShareDialog, server.exchange, { props }).wrapper as VueWrapper)
  await flushPromises()
  const dialog = document.querySelector<HTMLElement>('[role="dialog"]')!
  const set = (name: string, value: string) => {
    const field = dialog.querySelector<HTMLInputElement>(`[name="${name}"]`)!
    field.value = value
    field.dispatchEvent(new Event(field.tagName === 'SELECT' ? 'change' : 'input', { bubbles: true }))
  }
  const submit = async (form = dialog.querySelector('form')!) => {
    form.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
    await flushPromises()
  }
  return { dialog, sent, set, submit }
}

it('shares with a person by address, or with a group of one’s own', async () => {
  const done = { __typename: 'ShareDocumentSuccess', share: { __typename: 'Share', id: 's2', level: 'VIEW' } }
  const { sent, set, submit } = await open({ shareDocument: done })
  set('share-email', ' carol@example.com ')
  await submit()
  set('share-with', 'g1')
  set('share-level', 'EDIT')
  await flushPromises()
  await submit()
  expect(sent).toEqual([
    ['shareDocument', { documentId: 'd1', level: 'VIEW', email: 'carol@example.com' }],
    ['shareDocument', { documentId: 'd1', level: 'EDIT', groupId: 'g1' }],
  ])
})

it('shows who has it, changes what they may, and ends it', async () => {
  const { dialog, sent } = await open({
    shareDocument: { __typename: 'ShareDocumentSuccess', share: { __typename: 'Share', id: 's1', level: 'EDIT' } },
    unshareDocument: { __typename: 'UnshareDocumentSuccess', shareId: 's1' },
  })
  expect(dialog.textContent).toContain('bob@example.com')
  const level = dialog.querySelector<HTMLSelectElement>('[aria-label="What Bob may"]')!
  level.value = 'EDIT'
  level.dispatchEvent(new Event('change'))
  await flushPromises()
  dialog.querySelector<HTMLElement>('[aria-label="Stop sharing with Bob"]')!.click()
  await flushPromises()
  expect(sent).toEqual([
    ['shareDocument', { documentId: 'd1', level: 'EDIT', userId: 'bob' }],
    ['unshareDocument', { shareId: 's1' }],
  ])
})

it('makes a link, and shows it this once', async () => {
  const url = 'https://vault.example.com/s/token'
  const link = { __typename: 'ShareLink', id: 'l1' }
  const { dialog, sent, set, submit } = await open({
    createShareLink: { __typename: 'CreateShareLinkSuccess', url, link },
  })
  ;[...dialog.querySelectorAll('button')].find((button) => button.textContent!.includes('New link'))!.click()
  await flushPromises()
  set('link-days', '')
  set('link-password', 'open sesame')
  set('link-downloads', '3')
  await flushPromises()
  await submit([...dialog.querySelectorAll('form')].at(-1)!)
  expect(sent).toEqual([['createShareLink', { documentId: 'd1', password: 'open sesame', maxDownloads: 3 }]])
  expect(dialog.textContent).toContain(url)
})
