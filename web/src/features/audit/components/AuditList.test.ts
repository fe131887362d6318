import { flushPromises } from '@vue/test-utils'
import { expect, it } from 'vitest'
import { fakeServer } from '@/testing/fake-server.ts'
import { openPage, press } from '@/testing/open-page.ts'
import AuditExport from './AuditExport.vue'
import AuditList from './AuditList.vue'

const event = {
  __typename: 'AuditEvent',
  id: 'e1',
  seq: 7,
  at: '2025-11-01T10:00:00Z',
  recordedAt: '2025-11-01T10:00:01Z',
  type: 'identity.group.member-added',
  service: 'identity',
  ip: '192.0.2.1',
  requestId: 'r1',
  actor: { __typename: 'User', id: 'ada', name: 'Ada', email: 'ada@example.com' },
  target: { __typename: 'AuditTarget', type: 'Group', id: '0191' },
  details: [{ __typename: 'AuditDetail', name: 'userId', value: 'grace' }],
}

async function open(path: string, events = [event]) {
  const server = fakeServer(({ variables = {} }) => {
    if ('id' in variables) return { user: { __typename: 'User', id: variables.id, name: 'Ada' } }
    const edges = events.map((node) => ({ __typename: 'QueryAuditEventsConnectionEdge', cursor: node.id, node }))
    const pageInfo = { __typename: 'PageInfo', endCursor: 'c', hasNextPage: false }
    return { auditEvents: { __typename: 'QueryAuditEventsConnection', totalCount: edges.length, edges, pageInfo } }
  })
  const { wrapper, router } = await openPage(AuditList, server.exchange, path)
  const filters = () => server.asked.flatMap(({ variables = {} }) => ('filter' in variables ? [variables.filter] : []))
  return { wrapper, router, filters }
}
/** happy-dom tells nobody that it was opened. */
async function unfold(wrapper: Awaited<ReturnType<typeof open>>['wrapper']): Promise<void> {
  const details = wrapper.find('details')
  ;(details.element as HTMLDetailsElement).open = true
  await details.trigger('toggle')
}

it('tells what happened, by whom, and on a closer look everything else', async () => {
  const { wrapper } = await open('/admin/audit')
  expect(wrapper.text()).toMatch(/1 event.*Group: member added.*identity\.group\.member-added.*Ada/)
  expect(wrapper.text()).not.toContain('192.0.2.1')
  await unfold(wrapper)
  expect(wrapper.text()).toMatch(/Place in the log7.*Group 0191.*192\.0\.2\.1.*r1.*userId.*grace/)
})

it('is narrowed by what an event says', async () => {
  const { wrapper, router, filters } = await open('/admin/audit?service=identity')
  await unfold(wrapper)
  await press('Only by Ada')
  expect(router.currentRoute.value.query).toEqual({ service: 'identity', actor: 'ada' })
  expect(filters().at(-1)).toEqual({ service: 'identity', actorId: 'ada' })
  expect(wrapper.text()).toContain('By Ada')
  await unfold(wrapper)
  await press('Only this target')
  expect(filters().at(-1)).toMatchObject({ target: { type: 'Group', id: '0191' } })
})

it('takes type, target and days from the fields above', async () => {
  const { wrapper, router } = await open('/admin/audit')
  await wrapper.find('[aria-label="Type of event"]').setValue('x.y.z')
  await wrapper.find('[type="date"]').setValue('2025-11-01')
  await flushPromises()
  expect(router.currentRoute.value.query).toEqual({ type: 'x.y.z', from: '2025-11-01' })
})

it('says when nothing fits, and how to see all again', async () => {
  const { wrapper, router } = await open('/admin/audit?type=no.such.thing', [])
  expect(wrapper.text()).toContain('Nothing in the log fits these filters.')
  await press('Clear filters')
  expect(router.currentRoute.value.query).toEqual({})
})

it('exports finished days and shows their hashes, or says that there is nothing new', async () => {
  const day = {
    __typename: 'AuditExport',
    day: '2025-10-31',
    name: '2025/10/31.jsonl',
    events: 12,
    sha256: 'abc123',
    exportedAt: '2025-11-01T00:00:00Z',
  }
  let exports = [day]
  const server = fakeServer(() => ({ exportAuditLog: { __typename: 'ExportAuditLogSuccess', exports } }))
  const { wrapper } = await openPage(AuditExport, server.exchange, '/admin/audit')
  await press('Export now')
  expect(wrapper.text()).toMatch(/1 day was exported\..*2025-10-31 · 12 events.*abc123/)
  exports = []
  await press('Export now')
  expect(wrapper.text()).toContain('there is nothing new')
})

it('says why a day cannot be exported', async () => {
  const message = 'The file of 2025-10-31 is not what was exported.'
  const answer = { __typename: 'AuditExportDiffersError', code: 'identity.audit.export_differs', message }
  const { wrapper } = await openPage(
    AuditExport,
    fakeServer(() => ({ exportAuditLog: answer })).exchange,
    '/admin/audit',
  )
  await press('Export now')
  expect(wrapper.find('[role="alert"]').text()).toBe(message)
})
