import { flushPromises } from '@vue/test-utils'
import { expect, it } from 'vitest'
import { fakeServer } from '@/testing/fake-server.ts'
import { openPage, press } from '@/testing/open-page.ts'
import PluginList from './PluginList.vue'
import PluginView from './PluginView.vue'

const health = (state: string, reason: string | null = null) => ({
  state,
  reason,
  latencyMs: 4,
  checkedAt: '2025-11-01T10:00:00Z',
})
const facts = (change = {}) => ({
  __typename: 'Plugin',
  id: 'notes',
  name: 'Notes',
  version: '1.0.0',
  description: 'Notes beside documents.',
  builtIn: false,
  health: { __typename: 'PluginHealth', ...health('OK') },
  access: { __typename: 'PluginAccess', allowSuperuser: true, requiredGroups: ['notes-admin'] },
  pendingAccess: null,
  ...change,
})
const service = (change = {}) => ({
  __typename: 'Service',
  id: 's1',
  name: 'http://notes',
  builtIn: false,
  health: { __typename: 'ServiceHealth', ...health('OK') },
  ...change,
})
const schema = {
  type: 'object',
  required: ['maxLength'],
  properties: {
    maxLength: { title: 'Longest note', type: 'integer', minimum: 1 },
    tags: { type: 'array', items: { type: 'string' } },
    loud: { type: 'boolean' },
    key: { type: 'string', writeOnly: true },
    style: { type: 'object', properties: { colour: { enum: ['red', 'blue'] } } },
  },
}
const values = { maxLength: 100, tags: ['a'] }

async function open(answers: Record<string, unknown> = {}, plugin: Record<string, unknown> | null = null) {
  const sent: unknown[] = []
  const server = fakeServer((operation) => {
    if (operation.kind === 'query')
      return { plugin: plugin ?? { ...facts(), settings: values, settingsSchema: schema } }
    sent.push(operation.variables?.input)
    return answers
  })
  const props = { id: 'notes' }
  const { wrapper } = await openPage(PluginView, server.exchange, '/admin/plugins/notes', { props })
  const field = (pointer: string) => wrapper.find(`[name="${pointer}"]`)
  const save = async () => {
    await wrapper.find('form').trigger('submit')
    await flushPromises()
  }
  return { wrapper, sent, field, save }
}

it('draws a form from the schema, and sends only what was changed', async () => {
  const settings = { ...values, maxLength: 50, loud: true, style: { colour: 'blue' } }
  const plugin = { __typename: 'Plugin', id: 'notes', settings, settingsSchema: schema }
  const updatePluginSettings = { __typename: 'UpdatePluginSettingsSuccess', plugin }
  const { wrapper, sent, field, save } = await open({ updatePluginSettings })
  expect(field('/maxLength').attributes()).toMatchObject({ type: 'number', min: '1', step: '1', required: '' })
  await field('/maxLength').setValue('50')
  await field('/loud').setValue(true)
  await field('/style/colour').setValue('1')
  await save()
  expect(sent).toEqual([{ pluginId: 'notes', settings: { maxLength: 50, loud: true, style: { colour: 'blue' } } }])
  expect(wrapper.text()).toContain('The settings are kept.')
  expect(wrapper.find('button[type="submit"]').attributes()).toHaveProperty('disabled')
})

it('sends a secret once, and does not keep it in the form', async () => {
  const plugin = { __typename: 'Plugin', id: 'notes', settings: values, settingsSchema: schema }
  const { sent, field, save } = await open({
    updatePluginSettings: { __typename: 'UpdatePluginSettingsSuccess', plugin },
  })
  expect(field('/key').attributes()).toMatchObject({ type: 'password', placeholder: 'Unchanged' })
  await field('/key').setValue('hidden')
  await save()
  expect(sent).toEqual([{ pluginId: 'notes', settings: { key: 'hidden' } }])
  expect((field('/key').element as HTMLInputElement).value).toBe('')
})

it('puts what the server objects to at its fields, and keeps what was typed', async () => {
  const updatePluginSettings = {
    __typename: 'SettingsInvalidError',
    code: 'identity.plugin.settings_invalid',
    message: '/maxLength must be >= 1.',
    faults: [
      { __typename: 'SettingsFault', path: '/maxLength', message: 'must be >= 1' },
      { __typename: 'SettingsFault', path: '/tags/0', message: 'must be shorter' },
    ],
  }
  const { wrapper, field, save } = await open({ updatePluginSettings })
  await field('/maxLength').setValue('0')
  await save()
  const noteOf = (pointer: string) => wrapper.find(`[id="${field(pointer).attributes('aria-describedby')}"]`).text()
  expect(noteOf('/maxLength')).toBe('Must be >= 1.')
  expect(noteOf('/tags')).toBe('Entry 1 must be shorter.')
  expect((field('/maxLength').element as HTMLInputElement).value).toBe('0')
  expect(document.activeElement).toBe(field('/maxLength').element)
})

it('shows in the plugin’s own words why it does not take them', async () => {
  const message = 'The folder does not exist.'
  const refused = { __typename: 'SettingsRefusedError', code: 'identity.plugin.settings_refused', message }
  const { wrapper, field, save } = await open({ updatePluginSettings: refused })
  await field('/loud').setValue(true)
  await save()
  expect(wrapper.find('form [role="alert"]').text()).toBe(message)
})

it('approves wider access after it was asked', async () => {
  const wider = { __typename: 'PluginAccess', allowSuperuser: true, requiredGroups: [] }
  const plugin = { ...facts({ pendingAccess: wider }), settings: null, settingsSchema: null }
  const approvePluginAccess = {
    __typename: 'ApprovePluginAccessSuccess',
    plugin: facts({ access: wider, pendingAccess: null }),
  }
  const { wrapper, sent } = await open({ approvePluginAccess }, plugin)
  expect(wrapper.text()).toContain('It asks for wider access, which does not hold yet: Everyone with an account')
  await press('Approve')
  expect(sent).toEqual([])
  await press('Approve')
  expect(sent).toEqual([{ pluginId: 'notes' }])
  expect(wrapper.text()).not.toContain('asks for wider access')
})

it('lists plugins and services, and follows their health live', async () => {
  const connection = (kind: string, node: { id: string }) => ({
    __typename: `Query${kind}Connection`,
    edges: [{ __typename: `Query${kind}ConnectionEdge`, cursor: node.id, node }],
  })
  const server = fakeServer(() => ({
    plugins: connection('Plugins', facts()),
    services: connection('Services', { ...service(), plugin: facts() } as never),
  }))
  const { wrapper } = await openPage(PluginList, server.exchange, '/admin/plugins')
  expect(wrapper.text()).toMatch(/Notes 1\.0\.0 Healthy.*http:\/\/notes.*Healthy/)

  const down = health('DOWN', 'It does not answer.')
  server.push({
    serviceHealthChanged: {
      __typename: 'ServiceHealthChange',
      service: {
        ...service({ health: { __typename: 'ServiceHealth', ...down } }),
        plugin: facts({ health: { __typename: 'PluginHealth', ...down } }),
      },
    },
  })
  await flushPromises()
  expect(wrapper.findAll('li').map((item) => item.text())).toEqual([
    expect.stringMatching(/Notes.*Down.*It does not answer\./),
    expect.stringMatching(/http:\/\/notes.*It does not answer\..*Down/),
  ])

  // News that were missed: everything is read again.
  const before = server.asked.length
  server.push({ serviceHealthChanged: { __typename: 'ServiceHealthChange', service: null } })
  await flushPromises()
  expect(server.asked.length).toBe(before + 1)
})
