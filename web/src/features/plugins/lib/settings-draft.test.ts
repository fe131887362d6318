import { describe, expect, it } from 'vitest'
import { draftOf, faultsByField, patchOf } from './settings-draft.ts'
import { fieldsOf } from './settings-schema.ts'

const SCHEMA = {
  type: 'object',
  required: ['host', 'port'],
  $defs: { level: { enum: ['low', 'high'], title: 'How much' } },
  properties: {
    host: { type: 'string', title: 'Host', description: 'Where it listens.', minLength: 1 },
    port: { type: 'integer', minimum: 1, maximum: 65535 },
    secret: { type: ['string', 'null'], writeOnly: true },
    ratio: { type: 'number', default: 0.5 },
    verbose: { type: 'boolean' },
    level: { $ref: '#/$defs/level' },
    mode: {
      oneOf: [
        { const: 1, title: 'Slow' },
        { const: 2, title: 'Fast' },
      ],
    },
    tags: { type: 'array', items: { type: 'string' } },
    days: { type: 'array', items: { enum: ['mon', 'tue'] } },
    mail_server: { type: 'object', required: ['from'], properties: { from: { type: 'string', format: 'email' } } },
    matrix: { type: 'array', items: { type: 'array' } },
  },
}
const VALUES = { host: 'a.example', port: 80, level: 'high', mode: 2, tags: ['x'], mail_server: { from: 'a@b.c' } }

const fields = fieldsOf(SCHEMA)
const by = (name: string) => fields.find((field) => field.name === name)!
const before = draftOf(fields, VALUES)

describe('a schema', () => {
  it('gives each setting its kind of field, with its words and rules', () => {
    expect(fields.map(({ name, kind }) => [name, kind])).toEqual([
      ['host', 'text'],
      ['port', 'number'],
      ['secret', 'text'],
      ['ratio', 'number'],
      ['verbose', 'yes-no'],
      ['level', 'choice'],
      ['mode', 'choice'],
      ['tags', 'words'],
      ['days', 'words'],
      ['mail_server', 'group'],
      ['matrix', 'other'],
    ])
    expect(by('host')).toMatchObject({ label: 'Host', hint: 'Where it listens.', required: true, minLength: 1 })
    expect(by('port')).toMatchObject({ label: 'Port', integer: true, minimum: 1, maximum: 65535 })
    expect(by('secret')).toMatchObject({ masked: true, required: false })
    expect(by('level')).toMatchObject({ label: 'How much' })
    expect(by('mail_server')).toMatchObject({ label: 'Mail server', fields: [{ pointer: '/mail_server/from' }] })
  })

  it('that names itself ends', () => {
    const endless = { type: 'object', properties: { inner: { $ref: '#' } }, $defs: { a: { $ref: '#/$defs/a' } } }
    expect(JSON.stringify(fieldsOf(endless)).length).toBeLessThan(2000)
    expect(fieldsOf({ properties: { a: { $ref: '#/$defs/a' } }, $defs: endless.$defs })).toMatchObject([
      { kind: 'other' },
    ])
  })

  it('of nonsense gives nothing to fill in', () => {
    expect(fieldsOf({ properties: 'no' })).toEqual([])
    expect(fieldsOf({ properties: { a: 7, b: { type: ['string', 'number'] } } }).map(({ kind }) => kind)).toEqual([
      'other',
      'other',
    ])
  })
})

describe('a form', () => {
  it('begins with the settings as they are, and with presets', () => {
    expect(before).toEqual({
      '/host': 'a.example',
      '/port': '80',
      '/secret': '',
      '/ratio': '0.5',
      '/verbose': false,
      '/level': '1',
      '/mode': '1',
      '/tags': ['x'],
      '/days': [],
      '/mail_server/from': 'a@b.c',
    })
  })

  it('sends nothing that was not changed', () => expect(patchOf(fields, before, before)).toEqual({}))

  it('sends what was changed, as what it is; null for what was emptied', () => {
    const draft = {
      ...before,
      '/port': '443',
      '/ratio': '',
      '/verbose': true,
      '/mode': '0',
      '/level': '',
      '/tags': [' y ', '', 'z'],
      '/mail_server/from': 'x@y.z',
    }
    expect(patchOf(fields, draft, before)).toEqual({
      port: 443,
      ratio: null,
      verbose: true,
      mode: 1,
      level: null,
      tags: ['y', 'z'],
      mail_server: { from: 'x@y.z' },
    })
  })

  it('leaves it to the server to say what is no number', () => {
    expect(patchOf(fields, { ...before, '/port': 'eighty' }, before)).toEqual({ port: 'eighty' })
  })
})

it('puts each fault at its field', () => {
  const faults = [
    { path: '/port', message: 'must be <= 65535' },
    { path: '/port', message: 'must be integer' },
    { path: '/tags/1', message: 'must NOT have more than 5 characters' },
    { path: '/mail_server', message: "must have required property 'from'" },
    { path: '', message: 'must NOT have additional properties: colour' },
    { path: '/unheard/of', message: 'is not known' },
  ]
  expect(faultsByField(fields, faults)).toEqual({
    '/port': 'Must be <= 65535. Must be integer.',
    '/tags': 'Entry 2 must NOT have more than 5 characters.',
    '/mail_server/from': 'This is needed.',
    '': 'Must NOT have additional properties: colour. /unheard/of is not known.',
  })
})
