import { flushPromises } from '@vue/test-utils'
import { expect, it } from 'vitest'
import { fakeServer } from '@/testing/fake-server.ts'
import { mountWithClient } from '@/testing/mount-with-client.ts'
import TopicField from './TopicField.vue'

async function open(topics: string[]) {
  const server = fakeServer(() => ({
    topics: {
      __typename: 'TopicConnection',
      edges: ['tax', 'water'].map((name) => ({
        __typename: 'TopicEdge',
        cursor: name,
        node: { __typename: 'Topic', id: name, name },
      })),
    },
  }))
  const props = {
    label: 'Topics',
    name: 'topics',
    modelValue: topics,
    'onUpdate:modelValue': (modelValue: string[]) => void wrapper.setProps({ modelValue }),
  }
  const { wrapper } = mountWithClient(TopicField, server.exchange, { props })
  await flushPromises()
  const input = wrapper.find('input')
  const type = async (text: string, key: string) => {
    await input.setValue(text)
    await input.trigger('keydown', { key })
  }
  const chips = () => wrapper.findAll('span button').map((button) => button.attributes('aria-label'))
  return { wrapper, input, type, chips }
}

it('takes what is typed at Enter or a comma, each topic once, whatever its case', async () => {
  const { type, chips } = await open(['tax'])
  await type(' to do ', 'Enter')
  await type('TAX', ',')
  await type('a, b, a', 'Enter')
  expect(chips()).toEqual(['Take tax away', 'Take to do away', 'Take a away', 'Take b away'])
})

it('offers those that exist and are not there yet', async () => {
  const { wrapper } = await open(['tax'])
  expect(wrapper.findAll('option').map((option) => option.attributes('value'))).toEqual(['water'])
})

it('lets topics go, by their button and by the key that deletes', async () => {
  const { wrapper, input, chips } = await open(['a', 'b', 'c'])
  await wrapper.find('[aria-label="Take a away"]').trigger('click')
  await input.trigger('keydown', { key: 'Backspace' })
  expect(chips()).toEqual(['Take b away'])
})

it('leaves Enter in an empty field to the form', async () => {
  const { input } = await open([])
  const event = new KeyboardEvent('keydown', { key: 'Enter', cancelable: true })
  input.element.dispatchEvent(event)
  expect(event.defaultPrevented).toBe(false)
})
