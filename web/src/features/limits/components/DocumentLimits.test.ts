import { flushPromises } from '@vue/test-utils'
import { expect, it } from 'vitest'
import { fakeServer } from '@/testing/fake-server.ts'
import { openPage, press } from '@/testing/open-page.ts'
import DocumentLimits from './DocumentLimits.vue'

const limits = (change = {}) => ({
  __typename: 'DocumentLimits',
  maxFileSize: 5_000_000_000,
  maxPdfSize: 200_000_000,
  allowedTypes: ['application/pdf', 'image/png', 'application/x-odd'],
  ...change,
})

async function open(answers: Record<string, unknown> = {}) {
  const state = { kept: limits() }
  const sent: unknown[] = []
  const server = fakeServer((operation) => {
    if (operation.kind === 'query') return { documentLimits: state.kept }
    sent.push(operation.variables?.input)
    return answers
  })
  const { wrapper } = await openPage(DocumentLimits, server.exchange, '/admin/limits')
  const field = (name: string) => wrapper.find<HTMLInputElement>(`[name="${name}"]`)
  const save = async () => {
    await wrapper.find('form').trigger('submit')
    await flushPromises()
  }
  return { wrapper, sent, state, field, save }
}

it('shows the limits in units of people, and sends bytes', async () => {
  const updateDocumentLimits = {
    __typename: 'UpdateDocumentLimitsSuccess',
    documentLimits: limits({ maxPdfSize: 300_000_000 }),
  }
  const { wrapper, sent, field, save } = await open({ updateDocumentLimits })
  expect(field('maxFileSize').element.value).toBe('5')
  expect(wrapper.text()).toContain('application/x-odd')
  await field('maxPdfSize').setValue('300')
  const odd = wrapper.findAll('fieldset input').at(-1)!
  await odd.setValue(false)
  await save()
  expect(sent).toEqual([
    { maxFileSize: 5_000_000_000, maxPdfSize: 300_000_000, allowedTypes: ['application/pdf', 'image/png'] },
  ])
  expect(wrapper.text()).toContain('The limits are kept.')
})

it('says at the field what the server objects to, and what is no number before it is sent', async () => {
  const message = 'At most 5 GB.'
  const refused = { __typename: 'InvalidInputError', code: 'invalid_input', message, field: 'maxFileSize' }
  const { wrapper, sent, field, save } = await open({ updateDocumentLimits: refused })
  const note = () => wrapper.find(`[id="${field('maxFileSize').attributes('aria-describedby')}"]`).text()
  await field('maxFileSize').setValue('much')
  await save()
  expect(note()).toContain('Write a number')
  expect(sent).toEqual([])
  await field('maxFileSize').setValue('900')
  await save()
  expect(note()).toBe(message)
})

it('offers the present limits when somebody else was quicker', async () => {
  const message = 'Somebody else changed them.'
  const refused = { __typename: 'LimitsChangedError', code: 'object_changed', message }
  const { wrapper, state, field, save } = await open({ updateDocumentLimits: refused })
  await field('maxFileSize').setValue('4')
  await save()
  expect(wrapper.text()).toContain(message)
  state.kept = limits({ maxFileSize: 3_000_000_000 })
  await press('Show the present limits')
  expect(field('maxFileSize').element.value).toBe('3')
})
