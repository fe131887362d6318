import { flushPromises, type VueWrapper } from '@vue/test-utils'
import { afterEach, expect, it } from 'vitest'
import { ref } from 'vue'
import { useSelection } from '@/features/documents/composables/useSelection.ts'
import { fakeServer } from '@/testing/fake-server.ts'
import { mountWithClient } from '@/testing/mount-with-client.ts'
import { useToasts } from '@/ui/useToasts.ts'
import BulkBar from './BulkBar.vue'

const mounted: VueWrapper[] = []
afterEach(() => {
  mounted.splice(0).forEach((wrapper) => wrapper.unmount())
  useToasts().toasts.value = []
})

const job = (change = {}) => ({
  __typename: 'BulkUpdate',
  id: 'b1',
  state: 'DONE',
  total: 3,
  done: 2,
  skipped: 1,
  kept: 0,
  ...change,
})

async function open(props: { trash?: boolean; refusal?: string } = {}) {
  const rows = ref(['a', 'b', 'c'])
  const selection = useSelection(rows, ref(40), ref('list'))
  selection.choosePage(true)
  const sent: [string, unknown][] = []
  const server = fakeServer(({ query, variables }) => {
    const body = query.loc!.source.body
    if (body.includes('categories')) return { categories: [] }
    if (body.includes('query Bulk_State')) return { bulkUpdate: job() }
    const name = /\s(\w+)\(input: \$input\)/.exec(body)![1]!
    const { input } = variables as { input: { ids: string[] } }
    sent.push([name, input])
    if (props.refusal) return { [name]: { __typename: 'InvalidInputError', code: 'x', message: props.refusal } }
    if (name === 'purgeDocuments') return { [name]: { __typename: 'PurgeDocumentsSuccess', ids: input.ids } }
    const type = name === 'undoBulkUpdate' ? 'UndoBulkUpdateSuccess' : 'BulkUpdateDocumentsSuccess'
    return { [name]: { __typename: type, bulkUpdate: job() } }
  })
  const { wrapper } = mountWithClient(BulkBar, server.exchange, {
    props: { selection, search: 'bill', total: 40, trash: props.trash ?? false },
  })
  mounted.push(wrapper as VueWrapper)
  const press = async (text: string) => {
    await wrapper
      .findAll('button')
      .find((button) => button.text() === text)!
      .trigger('click')
    await flushPromises()
  }
  const { toasts } = useToasts()
  return { wrapper, selection, sent, press, toasts }
}

it('changes the chosen documents, tells what was left out, and takes it back', async () => {
  const { selection, sent, press, toasts } = await open()
  await press('Trash')
  expect(sent).toEqual([['bulkUpdateDocuments', { ids: ['a', 'b', 'c'], change: { trash: true } }]])
  expect(toasts.value[0]!.text).toBe(
    '2 documents put into the trash. 1 other left as they were: gone, or not yours to change.',
  )
  expect(selection.count.value).toBe(0)
  toasts.value[0]!.action!.run()
  await flushPromises()
  expect(sent[1]).toEqual(['undoBulkUpdate', { id: 'b1' }])
  expect(toasts.value.at(-1)!.text).toBe('Taken back for 2 documents.')
})

it('changes everything that matches by its search, not by what is on the page', async () => {
  const { sent, press } = await open()
  await press('Select all 40')
  await press('Trash')
  expect(sent[0]![1]).toEqual({ search: 'bill', change: { trash: true } })
})

it('keeps the choice when the change was refused, and says why', async () => {
  const { selection, press, toasts } = await open({ refusal: 'This search has a problem.' })
  await press('Trash')
  expect(toasts.value[0]).toMatchObject({ text: 'This search has a problem.', tone: 'trouble' })
  expect(selection.count.value).toBe(3)
})

it('deletes for good only after it was asked', async () => {
  const { sent, press, toasts } = await open({ trash: true })
  await press('Delete for good')
  expect(sent).toEqual([])
  const dialog = document.querySelector<HTMLElement>('[role="alertdialog"]')!
  expect(dialog.textContent).toContain('Delete 3 documents for good?')
  ;[...dialog.querySelectorAll('button')].at(-1)!.click()
  await flushPromises()
  expect(sent).toEqual([['purgeDocuments', { ids: ['a', 'b', 'c'] }]])
  expect(toasts.value[0]!.text).toBe('3 documents deleted for good.')
})
