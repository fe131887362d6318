import { flushPromises } from '@vue/test-utils'
import { describe, expect, it, vi } from 'vitest'
import { defineComponent, h, ref } from 'vue'
import { fakeServer } from '@/testing/fake-server.ts'
import { mountWithClient } from '@/testing/mount-with-client.ts'
import { useDocumentFeed } from '../composables/useDocumentFeed.ts'
import LibraryList from './LibraryList.vue'

const PAGE = 50

interface Row {
  id: string
  title: string
  status: string
  createdAt?: string
  snippet?: string
}

const day = (index: number) => new Date(Date.UTC(2025, 9, 9) - index * 86_400_000).toISOString()

const document = ({ id, title, status, createdAt = day(0) }: Row) => ({
  __typename: 'Document',
  id,
  title,
  filename: `${title}.pdf`,
  status,
  step: null,
  failure: null,
  createdAt,
  trashedAt: null,
  purgeAfter: null,
  level: 'OWN',
  category: null,
  topics: [],
  file: { __typename: 'File', size: 20_000, contentType: 'application/pdf' },
})

const told = (id: string | null, news: ReturnType<typeof document> | null) => ({
  documentChanged: { __typename: 'DocumentChange', id, document: news },
})

/** A library that pages like the real one: by cursor, newest first. */
function library(rows: Row[]) {
  return fakeServer(({ variables }) => {
    if (!variables?.first) return { documentLimits: { __typename: 'DocumentLimits', maxFileSize: 2_000_000_000 } }
    const { first, after, search, searching } = variables as {
      first: number
      after?: string
      search?: string
      searching: boolean
    }
    const found = rows.filter((row) => !search || row.title.includes(search))
    const from = after ? found.findIndex((row) => row.id === after) + 1 : 0
    const page = found.slice(from, from + first)
    return {
      documents: {
        __typename: 'DocumentConnection',
        totalCount: found.length,
        totalCountIsExact: true,
        search: { __typename: 'SearchInfo', didYouMean: null, problems: [], hints: [] },
        edges: page.map((row) => ({
          __typename: 'DocumentEdge',
          cursor: row.id,
          node: { ...document(row), ...(searching ? { snippet: row.snippet ?? null } : {}) },
        })),
        pageInfo: {
          __typename: 'PageInfo',
          startCursor: page[0]?.id ?? null,
          endCursor: page.at(-1)?.id ?? null,
          hasNextPage: from + first < found.length,
          hasPreviousPage: from > 0,
        },
      },
    }
  })
}

/** The list inside a shell that listens, as in the app. */
const Shell = defineComponent({
  props: { search: { type: String, default: '' } },
  setup(props) {
    const list = ref<{ restart: () => void } | null>(null)
    useDocumentFeed({ changed: () => {}, gone: () => {}, missed: () => list.value?.restart() })
    return () => h(LibraryList, { search: props.search, ref: list })
  },
})

const many = (count: number): Row[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `id${index}`,
    title: `Bill ${index}`,
    status: 'READY',
    createdAt: day(index),
  }))

async function open(rows: Row[], search = '') {
  const server = library(rows)
  const { wrapper } = mountWithClient(Shell, server.exchange, { props: { search } })
  await flushPromises()
  const titles = () => wrapper.findAll('tbody a').map((link) => link.text())
  const more = () => wrapper.findAll('button').find((button) => button.text() === 'Load more')
  return { server, wrapper, titles, more }
}

describe('the library', () => {
  it('lists documents and joins the next page to them', async () => {
    const { titles, more } = await open(many(PAGE + 20))
    expect(titles()).toHaveLength(PAGE)
    await more()!.trigger('click')
    await flushPromises()
    expect(titles()).toHaveLength(PAGE + 20)
    expect(more()).toBeUndefined()
  })

  it('shows a change of state when the server tells it, and asks nothing', async () => {
    const { server, wrapper } = await open([{ id: 'a', title: 'Scan', status: 'PROCESSING' }])
    expect(wrapper.text()).toContain('Processing')
    const asked = server.asked.length
    server.push(told('a', document({ id: 'a', title: 'Scan', status: 'READY' })))
    await flushPromises()
    expect(wrapper.text()).toContain('Ready')
    expect(wrapper.text()).not.toContain('Processing')
    expect(server.asked).toHaveLength(asked)
  })

  it('puts a document that comes out of order where its age belongs, and leaves older ones where they are', async () => {
    const rows = many(PAGE + 20)
    const { server, titles, wrapper } = await open(rows)
    const tell = (row: Row) => server.push(told(row.id, document(row)))
    tell({ id: 'new2', title: 'Second', status: 'READY', createdAt: day(-2) })
    tell({ id: 'new1', title: 'First', status: 'READY', createdAt: day(-1) })
    tell({ ...rows[PAGE + 5]!, status: 'PROCESSING' })
    await flushPromises()
    expect(titles().slice(0, 3)).toEqual(['Second', 'First', 'Bill 0'])
    expect(titles()).toHaveLength(PAGE + 2)
    const list = wrapper.findComponent(LibraryList).vm as unknown as { counted: string }
    expect(list.counted).toBe('72 documents')
  })

  it('puts a new document on top, once, and leaves no gap behind it', async () => {
    const rows = many(PAGE + 20)
    const { server, titles, more } = await open(rows)
    const asked = server.asked.length
    const news = document({ id: 'new', title: 'New scan', status: 'PROCESSING', createdAt: day(-1) })
    server.push(told('new', news))
    server.push(told('new', { ...news, status: 'READY' }))
    await flushPromises()
    expect(titles().slice(0, 2)).toEqual(['New scan', 'Bill 0'])
    expect(server.asked).toHaveLength(asked)
    await more()!.trigger('click')
    await flushPromises()
    expect(titles()).toEqual(['New scan', ...rows.map((row) => row.title)])
  })

  it('reads the list again when events were missed', async () => {
    const rows = many(PAGE + 20)
    const { server, titles, more } = await open(rows)
    await more()!.trigger('click')
    await flushPromises()
    rows.splice(PAGE + 5, 1)
    server.push(told(null, null))
    await flushPromises()
    if (more()) await more()!.trigger('click')
    await flushPromises()
    expect(titles()).toEqual(rows.map((row) => row.title))
  })

  it('lets a document go that went away, wherever it stood and however often that is told, and asks nothing', async () => {
    const rows = many(PAGE + 20)
    const { server, titles, wrapper, more } = await open(rows)
    await more()!.trigger('click')
    await flushPromises()
    const asked = server.asked.length
    for (const gone of [3, PAGE + 5, 3]) server.push(told(rows[gone]!.id, null))
    await flushPromises()
    expect(titles()).toEqual(rows.filter((_, index) => index !== 3 && index !== PAGE + 5).map((row) => row.title))
    expect(server.asked).toHaveLength(asked)
    const list = wrapper.findComponent(LibraryList).vm as unknown as { counted: string }
    expect(list.counted).toBe('68 documents')
  })

  it('lets a document go from what was found, too', async () => {
    const { server, titles } = await open(many(3), 'Bill')
    server.push(told('id1', null))
    await flushPromises()
    expect(titles()).toEqual(['Bill 0', 'Bill 2'])
  })

  it('drops pages that no longer join a first page read anew', async () => {
    const rows = many(PAGE + 20)
    const { wrapper, titles, more } = await open(rows)
    await more()!.trigger('click')
    await flushPromises()
    rows.unshift(
      ...many(60).map((row) => ({ ...row, id: `late-${row.id}`, title: `Late ${row.title}`, createdAt: day(-60) })),
    )
    const list = wrapper.findComponent(LibraryList)
    ;(list.vm as unknown as { restart: () => void }).restart()
    await flushPromises()
    expect(titles()).toEqual(rows.slice(0, PAGE).map((row) => row.title))
    for (const pages of [2, 3]) {
      await more()!.trigger('click')
      await flushPromises()
      expect(titles()).toEqual(rows.slice(0, PAGE * pages).map((row) => row.title))
    }
  })

  it('marks what was found, as text and never as HTML', async () => {
    const snippet = 'the <mark>Scan</mark> of &lt;b&gt;'
    const { wrapper } = await open([{ id: 'a', title: 'Scan', status: 'READY', snippet }], 'Scan')
    expect(wrapper.find('mark').text()).toBe('Scan')
    expect(wrapper.find('tbody p').text()).toBe('the Scan of <b>')
  })

  it('tells an empty vault from a search without matches', async () => {
    expect((await open([])).wrapper.text()).toContain('Your vault is empty')
    expect((await open(many(3), 'zebra')).wrapper.text()).toContain('Nothing matches “zebra”')
  })

  it('lets a document go that was put into the trash elsewhere', async () => {
    const { server, titles } = await open(many(3))
    const trashed = { ...document({ id: 'id1', title: 'Bill 1', status: 'READY' }), trashedAt: day(0) }
    server.push(told('id1', trashed as unknown as ReturnType<typeof document>))
    await flushPromises()
    expect(titles()).toEqual(['Bill 0', 'Bill 2'])
  })

  it('chooses all of the page, then all there are', async () => {
    const { wrapper } = await open(many(PAGE + 20))
    await wrapper.find('thead input').setValue(true)
    await flushPromises()
    await vi.waitFor(() => expect(wrapper.text()).toContain(`${PAGE} selected`))
    const all = wrapper.findAll('button').find((button) => button.text() === `Select all ${PAGE + 20}`)!
    await all.trigger('click')
    expect(wrapper.text()).toContain(`${PAGE + 20} selected`)
  })
})
