import { Client, CombinedError, type Exchange, type OperationResult } from '@urql/core'
import urql from '@urql/vue'
import { mount } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { defineComponent, h, nextTick, ref } from 'vue'
import { filter, make, mergeMap, pipe, type Source } from 'wonka'
import { graphql } from './graphql.ts'
import { useLive } from './useLive.ts'

const Progress = graphql(`
  subscription Test_Progress($id: ID!) {
    migrationProgress(id: $id) {
      migration {
        id
      }
    }
  }
`)

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function open(first: string | null) {
  const streams: { id: string; tell: (change: Partial<OperationResult>) => void }[] = []
  const exchange: Exchange = () => (operations) =>
    pipe(
      operations,
      filter(({ kind }) => kind === 'subscription'),
      mergeMap((operation): Source<OperationResult> =>
        make((observer) => {
          const { id } = operation.variables as { id: string }
          const tell = (change: Partial<OperationResult>) =>
            observer.next({ operation, data: undefined, error: undefined, stale: false, hasNext: true, ...change })
          streams.push({ id, tell })
          return () => {}
        }),
      ),
    )
  const client = new Client({ url: '/graphql', preferGetMethod: false, exchanges: [exchange] })
  const id = ref(first)
  const again = vi.fn<() => void>()
  const Probe = defineComponent({
    setup() {
      useLive(Progress, () => (id.value ? { id: id.value } : null), { again })
      return () => h('div')
    },
  })
  const wrapper = mount(Probe, { global: { plugins: [[urql, client]] } })
  return { streams, id, again, wrapper }
}

it('listens while there is something to listen to', async () => {
  const { streams, id } = open(null)
  expect(streams).toEqual([])
  id.value = 'm1'
  await nextTick()
  expect(streams.map((stream) => stream.id)).toEqual(['m1'])
  id.value = 'm2'
  await nextTick()
  expect(streams.map((stream) => stream.id)).toEqual(['m1', 'm2'])
})

it('listens again when the server ends the stream, or it breaks, and says that something may have been missed', async () => {
  const { streams, again, wrapper } = open('m1')
  streams[0]!.tell({ hasNext: false })
  vi.advanceTimersByTime(3_000)
  expect(again).toHaveBeenCalledTimes(1)
  expect(streams).toHaveLength(2)
  streams[1]!.tell({ error: new CombinedError({ networkError: new Error('away') }) })
  vi.advanceTimersByTime(60_000)
  expect(again).toHaveBeenCalledTimes(2)
  expect(streams).toHaveLength(3)
  wrapper.unmount()
})

it('does not come back on its own after leaving', async () => {
  const { id, again, wrapper } = open('m1')
  id.value = null
  await nextTick()
  vi.advanceTimersByTime(60_000)
  expect(again).not.toHaveBeenCalled()
  wrapper.unmount()
  vi.advanceTimersByTime(60_000)
  expect(again).not.toHaveBeenCalled()
})
