import { flushPromises } from '@vue/test-utils'
import { expect, it } from 'vitest'
import { fakeServer } from '@/testing/fake-server.ts'
import { mountWithClient } from '@/testing/mount-with-client.ts'
import StartMigration from './StartMigration.vue'

const place = (id: string, current: boolean) => ({
  __typename: 'StorageBackend',
  id,
  name: id,
  driver: 'LOCAL' as const,
  current,
  createdAt: '2025-11-01T10:00:00Z',
  settings: [],
  health: {
    __typename: 'BackendHealth',
    state: 'OK' as const,
    message: null,
    warning: null,
    latencyMs: 4,
    freeBytes: null,
    checkedAt: null,
  },
})
const refusal = (__typename: string, message: string, more = {}) => ({ __typename, code: 'x', message, ...more })

async function open(places: ReturnType<typeof place>[], answers: Record<string, () => unknown>) {
  const sent: [string, unknown][] = []
  const server = fakeServer(({ query, variables }) => {
    const name = /\s(\w+)\(input: \$input\)/.exec(query.loc!.source.body)![1]!
    sent.push([name, (variables as { input: unknown }).input])
    return { [name]: answers[name]!() }
  })
  const { wrapper } = mountWithClient(StartMigration, server.exchange, { props: { places } })
  await flushPromises()
  const submit = async () => {
    await wrapper.find('form').trigger('submit')
    await flushPromises()
  }
  return { wrapper, sent, submit }
}

it('moves to a place that is there, with what was chosen and no more', async () => {
  const { wrapper, sent, submit } = await open([place('disk', true), place('attic', false)], {
    startMigration: () => refusal('MigrationRefusedError', 'There is no room at the target.'),
  })
  await wrapper.find('[name="verify"]').setValue('TARGET_CHECKSUM')
  await wrapper.find('[name="speed"]').setValue('12.5')
  await submit()
  expect(sent).toEqual([
    ['startMigration', { targetId: 'attic', verify: 'TARGET_CHECKSUM', bytesPerSecond: 12_500_000, retentionDays: 7 }],
  ])
  expect(wrapper.find('[role="alert"]').text()).toBe('There is no room at the target.')
})

it('adds a new place first, and not twice when only the move was refused', async () => {
  const { wrapper, sent, submit } = await open([place('disk', true)], {
    addStorageBackend: () => ({ __typename: 'AddStorageBackendSuccess', backend: place('bucket', false) }),
    startMigration: () => refusal('MigrationRefusedError', 'Not now.'),
  })
  await wrapper.find('[name="driver"]').setValue('LOCAL')
  await wrapper.find('[name="place-name"]').setValue('Bucket')
  await wrapper.find('[name="place-root"]').setValue('/mnt/bucket')
  await submit()
  expect(sent.map(([name]) => name)).toEqual(['addStorageBackend', 'startMigration'])
  await submit()
  expect(sent.map(([name]) => name)).toEqual(['addStorageBackend', 'startMigration', 'startMigration'])
  const target = wrapper.find('[name="target"]').element as HTMLSelectElement
  expect(target.options[target.selectedIndex]!.text).toBe('bucket')
})

it('starts nothing when the new place does not work, and puts the sentence where it belongs', async () => {
  const { wrapper, sent, submit } = await open([place('disk', true)], {
    addStorageBackend: () => refusal('BackendNameTakenError', 'Another place has this name already.'),
  })
  await wrapper.find('[name="driver"]').setValue('LOCAL')
  await submit()
  expect(sent).toHaveLength(1)
  const note = wrapper.find('[name="place-name"]').attributes('aria-describedby')!
  expect(wrapper.find(`[id="${note}"]`).text()).toBe('Another place has this name already.')
})
