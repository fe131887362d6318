import { flushPromises, type DOMWrapper, type VueWrapper } from '@vue/test-utils'
import { afterEach, describe, expect, it } from 'vitest'
import { fakeServer } from '@/testing/fake-server.ts'
import { mountWithClient } from '@/testing/mount-with-client.ts'
import PlaceList from './PlaceList.vue'

interface Place {
  id: string
  name: string
  current?: boolean
  message?: string | null
}

const place = ({ id, name, current = false, message = null }: Place) => ({
  __typename: 'StorageBackend',
  id,
  name,
  driver: 'LOCAL',
  current,
  createdAt: '2025-11-01T10:00:00Z',
  settings: [{ __typename: 'BackendSetting', name: 'root', value: `/mnt/${id}` }],
  health: {
    __typename: 'BackendHealth',
    state: message ? 'DOWN' : 'OK',
    message,
    warning: null,
    latencyMs: message ? null : 4,
    freeBytes: message ? null : 412_000_000_000,
    checkedAt: '2025-11-01T10:00:00Z',
  },
})
const refusal = (__typename: string, message: string, more = {}) => ({
  __typename,
  code: 'storage.x',
  message,
  ...more,
})

type Answers = Record<string, (input: Record<string, unknown>) => unknown>

/** A storage of some places; mutations answer as each test says. */
async function open(places: Place[], answers: Answers = {}, adding = false) {
  const sent: unknown[] = []
  const server = fakeServer((operation) => {
    if (operation.kind === 'query') {
      return { storageConfig: { __typename: 'StorageConfig', backends: places.map(place) } }
    }
    const { input } = operation.variables as { input: Record<string, unknown> }
    const name = Object.keys(answers).find((each) => operation.query.loc?.source.body.includes(`${each}(`))!
    sent.push(input)
    return { [name]: answers[name]!(input) }
  })
  const props = { adding, 'onUpdate:adding': (value: boolean) => void wrapper.setProps({ adding: value }) }
  const { wrapper } = mountWithClient(PlaceList, server.exchange, { props }) as { wrapper: VueWrapper }
  mounted.push(wrapper)
  await flushPromises()
  const cards = () => wrapper.findAll('li').map((card) => card.find('h2').text())
  return { server, wrapper, cards, sent }
}

const mounted: VueWrapper[] = []
afterEach(() => mounted.splice(0).forEach((wrapper) => wrapper.unmount()))

const click = async (within: { findAll: VueWrapper['findAll'] }, text: string) => {
  const button = within.findAll('button').find((each: DOMWrapper<Element>) => each.text() === text)
  await button!.trigger('click')
  await flushPromises()
}
/** Dialogs stand at the end of the page, outside of what was mounted. */
const dialog = () => document.querySelector<HTMLElement>('[role="alertdialog"]')
const confirm = async () => {
  const buttons = dialog()!.querySelectorAll('button')
  buttons[buttons.length - 1]!.click()
  await flushPromises()
}

const DISK = { id: 'disk', name: 'Disk', current: true }
const ATTIC = { id: 'attic', name: 'Attic' }

describe('the places for files', () => {
  it('tells of each what it is, how it is, and which one takes new files', async () => {
    const { wrapper } = await open([DISK, { ...ATTIC, message: 'The disk is not mounted.' }])
    const [disk, attic] = wrapper.findAll('li')
    expect(disk!.text()).toMatch(/Folder on the server.*New files go here.*Healthy · 4 ms.*\/mnt\/disk.*412 GB/)
    expect(attic!.text()).toContain('Down')
    expect(attic!.text()).toContain('The disk is not mounted.')
    expect(attic!.text()).not.toContain('New files go here')
  })

  it('shows what a test found', async () => {
    const testStorageBackend = () => ({
      __typename: 'TestStorageBackendSuccess',
      backend: place({ ...DISK, message: 'The disk is full.' }),
    })
    const { wrapper } = await open([DISK], { testStorageBackend })
    await click(wrapper, 'Test')
    expect(wrapper.find('li').text()).toContain('The disk is full.')
    expect(wrapper.find('[role="status"].sr-only').text()).toBe('Disk does not work. The disk is full.')
  })

  it('chooses another place for new files, after it was asked', async () => {
    const configureStorage = () => ({
      __typename: 'ConfigureStorageSuccess',
      storageConfig: {
        __typename: 'StorageConfig',
        backends: [
          { __typename: 'StorageBackend', id: 'disk', current: false },
          { __typename: 'StorageBackend', id: 'attic', current: true },
        ],
      },
    })
    const { server, wrapper, sent } = await open([DISK, ATTIC], { configureStorage })
    await click(wrapper, 'Use for new files')
    expect(dialog()!.textContent).toContain('stays where it is')
    expect(sent).toEqual([])
    await confirm()
    expect(sent).toEqual([{ backendId: 'attic' }])
    expect(wrapper.findAll('li').map((card) => card.text().includes('New files go here'))).toEqual([false, true])
    expect(server.asked.filter(({ kind }) => kind === 'query')).toHaveLength(1)
    expect(dialog()).toBeNull()
  })

  it('says why a place cannot be removed, where that was asked', async () => {
    const removeStorageBackend = () => refusal('BackendInUseError', 'There are still 3 files at this place.')
    const { wrapper, cards } = await open([DISK, ATTIC], { removeStorageBackend })
    await click(wrapper, 'Remove')
    await confirm()
    expect(dialog()!.textContent).toContain('There are still 3 files at this place.')
    expect(cards()).toEqual(['Disk', 'Attic'])
  })

  it('lets a removed place go', async () => {
    const removeStorageBackend = () => ({ __typename: 'RemoveStorageBackendSuccess', backendId: 'attic' })
    const { wrapper, cards } = await open([DISK, ATTIC], { removeStorageBackend })
    await click(wrapper, 'Remove')
    await confirm()
    expect(cards()).toEqual(['Disk'])
  })

  it('adds a place that works, and closes the form', async () => {
    const addStorageBackend = () => ({ __typename: 'AddStorageBackendSuccess', backend: place(ATTIC) })
    const { wrapper, cards, sent } = await open([DISK], { addStorageBackend }, true)
    await wrapper.find('[name="place-name"]').setValue('Attic')
    await wrapper.find('[name="place-root"]').setValue('/mnt/attic')
    await wrapper.find('form').trigger('submit')
    await flushPromises()
    expect(sent).toEqual([{ name: 'Attic', driver: 'LOCAL', config: { local: { root: '/mnt/attic' } } }])
    expect(cards()).toEqual(['Disk', 'Attic'])
    expect(wrapper.find('form').exists()).toBe(false)
  })

  it('puts the server’s sentence at the field it objects to, or else below the form, and keeps what was typed', async () => {
    let answer = refusal('InvalidInputError', 'This cannot be the folder of a vault.', { field: 'config.root' })
    const { wrapper } = await open([DISK], { addStorageBackend: () => answer }, true)
    const folder = wrapper.find('[name="place-root"]')
    await folder.setValue('/proc')
    await wrapper.find('form').trigger('submit')
    await flushPromises()
    const note = folder.attributes('aria-describedby')!
    expect(wrapper.find(`[id="${note}"]`).text()).toBe('This cannot be the folder of a vault.')
    expect(wrapper.find('[role="alert"]').text()).toBe('')

    answer = refusal('BackendUnusableError', 'The folder cannot be written to.')
    await wrapper.find('form').trigger('submit')
    await flushPromises()
    expect(wrapper.find('form [role="alert"]').text()).toBe('The folder cannot be written to.')
    expect((folder.element as HTMLInputElement).value).toBe('/proc')
  })
})
