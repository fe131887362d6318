import { flushPromises, type VueWrapper } from '@vue/test-utils'
import { afterEach, expect, it } from 'vitest'
import { fakeServer } from '@/testing/fake-server.ts'
import { mountWithClient } from '@/testing/mount-with-client.ts'
import type { MigrationState } from '../migration-documents.ts'
import MigrationArea from './MigrationArea.vue'

const count = (items: number) => ({ __typename: 'MigrationCount', items, bytes: items * 1_000_000 })
const move = (change: Partial<MigrationState> & { verified?: number; broken?: number } = {}) => {
  const { verified = 0, broken = 0, ...rest } = change
  return {
    __typename: 'Migration',
    id: 'm1',
    state: 'RUNNING',
    sourceNames: ['Disk'],
    targetName: 'Bucket',
    startedAt: '2025-11-01T10:00:00Z',
    readyToFinishAt: null,
    finishedAt: null,
    cancelledAt: null,
    rolledBackAt: null,
    problem: null,
    planned: true,
    takesNewFiles: true,
    verify: 'READ_BACK',
    concurrency: null,
    throttleBytesPerSecond: null,
    itemsTotal: 100,
    itemsDone: verified,
    itemsFailed: broken,
    itemsPerSecond: 10,
    bytesTotal: 100_000_000,
    bytesDone: verified * 1_000_000,
    bytesMoving: 0,
    bytesPerSecond: 10_000_000,
    etaSeconds: 90,
    retries: 0,
    workers: 1,
    retentionDays: 7,
    retentionEndsAt: null,
    release: null,
    pending: count(100 - verified - broken),
    copying: count(0),
    verifying: count(0),
    done: count(verified),
    failed: count(broken),
    released: count(0),
    history: [{ __typename: 'MigrationEvent', action: 'started', actorId: null, at: '2025-11-01T10:00:00Z' }],
    ...rest,
  }
}

const mounted: VueWrapper[] = []
afterEach(() => mounted.splice(0).forEach((wrapper) => wrapper.unmount()))

async function open(nodes: ReturnType<typeof move>[], answer: (name: string, input: unknown) => unknown = () => null) {
  const sent: [string, unknown][] = []
  const server = fakeServer((operation) => {
    if (operation.kind === 'query') {
      return {
        migrations: {
          __typename: 'QueryMigrationsConnection',
          totalCount: nodes.length,
          edges: nodes.map((node) => ({ __typename: 'QueryMigrationsConnectionEdge', cursor: node.id, node })),
          pageInfo: { __typename: 'PageInfo', endCursor: null, hasNextPage: false },
        },
      }
    }
    const name = /\s(\w+)\(input: \$input\)/.exec(operation.query.loc!.source.body)![1]!
    const { input } = operation.variables as { input: unknown }
    sent.push([name, input])
    return { [name]: answer(name, input) }
  })
  const { wrapper } = mountWithClient(MigrationArea, server.exchange, { props: { places: [], starting: false } })
  mounted.push(wrapper as VueWrapper)
  await flushPromises()
  const told = async (node: ReturnType<typeof move>) => {
    server.push({ migrationProgress: { __typename: 'MigrationProgress', migration: node } })
    await flushPromises()
  }
  const buttons = () =>
    wrapper
      .find('[role="group"]')
      .findAll('button')
      .map((button) => button.text())
  return { server, wrapper, sent, told, buttons }
}
const press = async (wrapper: { findAll: VueWrapper['findAll'] }, text: string) => {
  await wrapper
    .findAll('button')
    .find((button) => button.text() === text)!
    .trigger('click')
  await flushPromises()
}

it('draws what the subscription tells, and asks nothing', async () => {
  const { server, wrapper, told } = await open([move({ verified: 10 })])
  expect(wrapper.find('[role="progressbar"]').attributes('aria-valuenow')).toBe('10')
  const before = server.asked.length
  await told(move({ verified: 47 }))
  expect(wrapper.find('[role="progressbar"]').attributes('aria-valuenow')).toBe('47')
  expect(wrapper.text()).toContain('47 of 100 files')
  expect(wrapper.text()).toContain('10 MB/s · 10 files/s · about 2 min left')
  expect(server.asked).toHaveLength(before)
})

it('never says all while something is left', async () => {
  const { wrapper } = await open([move({ verified: 99, bytesDone: 99_999_999 })])
  expect(wrapper.text()).toContain('99%')
})

it('pauses, and offers what fits the state it is told', async () => {
  const { wrapper, sent, buttons } = await open([move()], () => ({
    __typename: 'PauseMigrationSuccess',
    migration: move({ state: 'PAUSED' }),
  }))
  expect(buttons()).toEqual(['Pause', 'Speed', 'Roll back', 'Cancel'])
  await press(wrapper, 'Pause')
  expect(sent).toEqual([['pauseMigration', { id: 'm1' }]])
  expect(buttons()).toEqual(['Go on', 'Speed', 'Roll back', 'Cancel'])
  expect(wrapper.text()).toContain('Paused')
})

it('says why a step was refused', async () => {
  const { wrapper } = await open([move()], () => ({
    __typename: 'MigrationStateError',
    code: 'storage.migration.state',
    message: 'It is paused already.',
  }))
  await press(wrapper, 'Pause')
  expect(wrapper.find('[role="alert"]').text()).toBe('It is paused already.')
})

it('finishes after a question, without the word for a mass deletion unless it is given', async () => {
  const finished = move({
    state: 'FINISHED',
    verified: 100,
    release: 'RETAINED',
    retentionEndsAt: '2999-01-01T00:00:00Z',
  })
  const { wrapper, sent, buttons } = await open([move({ state: 'READY_TO_FINISH', verified: 100 })], () => ({
    __typename: 'FinishMigrationSuccess',
    migration: finished,
  }))
  await press(wrapper, 'Finish')
  const dialog = document.querySelector<HTMLElement>('[role="alertdialog"]')!
  expect(dialog.textContent).toContain('until then you can still go back')
  expect(sent).toEqual([])
  ;[...dialog.querySelectorAll('button')].at(-1)!.click()
  await flushPromises()
  expect(sent).toEqual([['finishMigration', { id: 'm1', releaseAll: false }]])
  expect(wrapper.text()).toContain('The old copies are kept for another')
  expect(buttons()).toEqual(['Roll back'])
})

it('draws nothing while nothing moves', async () => {
  const { wrapper } = await open([move({ state: 'CANCELLED' })])
  expect(wrapper.find('[role="progressbar"]').exists()).toBe(false)
})
