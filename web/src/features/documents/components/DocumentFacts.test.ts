import { flushPromises } from '@vue/test-utils'
import { expect, it } from 'vitest'
import { fakeServer } from '@/testing/fake-server.ts'
import { mountWithClient } from '@/testing/mount-with-client.ts'
import DocumentFacts from './DocumentFacts.vue'

const facts = (change: Record<string, unknown> = {}) => ({
  __typename: 'Document',
  id: 'd1',
  title: 'Bill',
  notes: 'old',
  language: null,
  documentDate: null,
  level: 'OWN',
  updatedAt: '2025-11-01T10:00:00Z',
  category: null,
  topics: [],
  proposed: { __typename: 'ProposedFacts', title: null, language: null, dates: ['2025-03-17'] },
  ...change,
})

async function open(document = facts(), answer?: (input: Record<string, unknown>) => unknown) {
  const sent: Record<string, unknown>[] = []
  const server = fakeServer((operation) => {
    if (operation.kind === 'query') {
      const category = { __typename: 'Category', id: 'c1', name: 'Bills', color: null, icon: null, parentId: null }
      return { categories: [category], topics: { __typename: 'TopicConnection', edges: [] } }
    }
    const { input } = operation.variables as { input: Record<string, unknown> }
    sent.push(input)
    const kept = { __typename: 'UpdateDocumentSuccess', document: facts({ ...input, topics: [], category: null }) }
    return { updateDocument: answer ? answer(input) : kept }
  })
  const { wrapper } = mountWithClient(DocumentFacts, server.exchange, { props: { document } })
  await flushPromises()
  return { wrapper, sent }
}

/** As keys do it: `setValue` would also tell that the field was left. */
async function type(wrapper: Awaited<ReturnType<typeof open>>['wrapper'], text: string) {
  const notes = wrapper.find<HTMLTextAreaElement>('[name="notes"]')
  notes.element.value = text
  await notes.trigger('input')
}

it('keeps what is chosen at once and what is typed when one leaves it, and only that', async () => {
  const { wrapper, sent } = await open()
  await wrapper.find('[name="category"]').setValue('c1')
  await flushPromises()
  await type(wrapper, 'new')
  expect(sent).toEqual([{ id: 'd1', categoryId: 'c1' }])
  await wrapper.find('[name="notes"]').trigger('change')
  await flushPromises()
  expect(sent[1]).toEqual({ id: 'd1', notes: 'new' })
  await wrapper.find('[name="notes"]').trigger('change')
  expect(sent).toHaveLength(2)
})

it('takes a proposed date when it is chosen, and never by itself', async () => {
  const { wrapper, sent } = await open()
  expect(sent).toEqual([])
  await wrapper
    .findAll('button')
    .find((button) => button.text().includes('2025'))!
    .trigger('click')
  await flushPromises()
  expect(sent).toEqual([{ id: 'd1', documentDate: '2025-03-17' }])
})

it('takes over what others change, but not over what is being typed', async () => {
  const { wrapper } = await open()
  await type(wrapper, 'being typed')
  await wrapper.setProps({ document: facts({ notes: 'theirs', language: 'de' }) })
  expect((wrapper.find('[name="notes"]').element as HTMLTextAreaElement).value).toBe('being typed')
  expect((wrapper.find('[name="language"]').element as HTMLSelectElement).value).toBe('de')
})

it('puts the server’s sentence at the field it objects to', async () => {
  const refusal = { __typename: 'InvalidInputError', code: 'x', field: 'notes', message: 'At most 20,000 characters.' }
  const { wrapper } = await open(facts(), () => refusal)
  const notes = wrapper.find('[name="notes"]')
  await type(wrapper, 'long')
  await notes.trigger('change')
  await flushPromises()
  expect(wrapper.find(`[id="${notes.attributes('aria-describedby')}"]`).text()).toBe('At most 20,000 characters.')
})

it('shows what others may only see without any field', async () => {
  const { wrapper } = await open(facts({ level: 'VIEW' }))
  expect(wrapper.findAll('input, select, textarea')).toEqual([])
  expect(wrapper.text()).toContain('old')
})
