import { Client } from '@urql/core'
import { flushPromises, mount } from '@vue/test-utils'
import { afterEach, expect, it, onTestFinished, vi } from 'vitest'
import { fakeServer } from '@/testing/fake-server.ts'
import SharedLinkView from './SharedLinkView.vue'

const link = (change = {}) => ({
  __typename: 'SharedLink',
  title: 'Rental agreement',
  filename: 'rent.pdf',
  contentType: 'application/pdf',
  size: 1_200_000,
  expiresAt: null,
  downloadsLeft: null,
  ...change,
})
const refusal = (__typename: string, message: string, more = {}) => ({ __typename, code: 'x', message, ...more })

afterEach(() => void vi.restoreAllMocks())

async function open(answers: { sharedLink?: unknown; downloadSharedLink?: unknown }) {
  const state = { answers }
  const server = fakeServer(() => state.answers)
  const client = new Client({ url: '/graphql', preferGetMethod: false, exchanges: [server.exchange] })
  const wrapper = mount(SharedLinkView, { props: { client, token: 'abc' }, attachTo: document.body })
  onTestFinished(() => wrapper.unmount())
  await flushPromises()
  const sent = () => server.asked.map(({ variables }) => variables)
  const say = (more: Record<string, unknown>) => (state.answers = { ...state.answers, ...more })
  const click = async (text: string) => {
    await wrapper
      .findAll('button')
      .find((button) => button.text() === text)!
      .trigger('click')
    await flushPromises()
  }
  return { wrapper, sent, say, click }
}

it('tells what is shared and how long, and asks for nothing else', async () => {
  const { wrapper, sent } = await open({ sharedLink: link({ expiresAt: '2030-01-01T00:00:00Z', downloadsLeft: 2 }) })
  expect(wrapper.text()).toMatch(/Rental agreement.*rent\.pdf.*1\.2 MB.*Download.*Works until.*2030.*2 downloads left/)
  expect(sent()).toEqual([{ token: 'abc', password: null }])
})

it('downloads, and says when that was the last one', async () => {
  const followed: string[] = []
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    followed.push(`${this.getAttribute('href')} as ${this.download}`)
  })
  const downloadSharedLink = {
    __typename: 'DownloadSharedLinkSuccess',
    url: '/files/ticket',
    link: link({ downloadsLeft: 0 }),
  }
  const { wrapper, click } = await open({ sharedLink: link({ downloadsLeft: 1 }), downloadSharedLink })
  await click('Download')
  expect(followed).toEqual(['/files/ticket as rent.pdf'])
  expect(wrapper.find('[role="status"]').text()).toBe('The download has begun. It was the last one of this link.')
  expect(wrapper.find('button').attributes()).toHaveProperty('disabled')
})

it('asks for the password, says when it is wrong, and downloads with it', async () => {
  const asking = refusal('LinkPasswordError', 'This link has a password. Ask whoever sent it to you.')
  const { wrapper, sent, say, click } = await open({ sharedLink: asking })
  expect(wrapper.find('input').attributes('aria-invalid')).toBe('false')

  say({ sharedLink: refusal('LinkPasswordError', 'The password is not right.') })
  await wrapper.find('input').setValue('guess')
  await wrapper.find('form').trigger('submit')
  await flushPromises()
  const note = wrapper.find(`[id="${wrapper.find('input').attributes('aria-describedby')}"]`)
  expect(note.text()).toBe('The password is not right.')

  say({ sharedLink: link(), downloadSharedLink: refusal('UnavailableError', 'The storage is away. Try again.') })
  await wrapper.find('input').setValue('secret')
  await wrapper.find('form').trigger('submit')
  await flushPromises()
  await click('Download')
  expect(sent().at(-1)).toEqual({ input: { token: 'abc', password: 'secret' } })
  expect(wrapper.find('[role="alert"]').text()).toBe('The storage is away. Try again.')
})

it('closes for a link that never was, ended, or was used up meanwhile', async () => {
  const gone = refusal('LinkNotFoundError', 'This link does not work, or does not work any more.')
  const { wrapper, click } = await open({ sharedLink: link(), downloadSharedLink: gone })
  await click('Download')
  expect(wrapper.text()).toContain('This link does not work')
  expect(wrapper.find('button').exists()).toBe(false)

  const never = await open({ sharedLink: gone })
  expect(never.wrapper.text()).toContain('Ask whoever sent it to you for a new one.')
})

it('says how long to wait after too many attempts', async () => {
  const tooMany = refusal('RateLimitedError', 'Too many.', { retryAfterSeconds: 120 })
  const { wrapper } = await open({ sharedLink: tooMany })
  expect(wrapper.text()).toMatch(/Too many attempts.*You can try again at .*Wait 2 min/)
  expect(wrapper.find('button').attributes()).toHaveProperty('disabled')
})

it('can be tried again when the vault gives no answer', async () => {
  const { wrapper, say, click } = await open({})
  expect(wrapper.text()).toContain('The vault gave no answer')
  say({ sharedLink: link() })
  await click('Try again')
  expect(wrapper.text()).toContain('Rental agreement')
})
