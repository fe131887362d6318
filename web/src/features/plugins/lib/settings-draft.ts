import { isRecord, type SettingField } from './settings-schema.ts'

/** What stands in the form, by the pointer of its field: text as it was typed, boxes as they are ticked. */
export type Draft = Record<string, string | boolean | string[]>
type Values = Record<string, unknown>

/** The form for settings as they are; what is not set stands as its preset. */
export function draftOf(fields: readonly SettingField[], values: unknown): Draft {
  const known: Values = isRecord(values) ? values : {}
  return Object.assign({}, ...fields.map((field) => draftOfField(field, known[field.name]))) as Draft
}

function draftOfField(field: SettingField, value: unknown): Draft {
  const present = value ?? field.preset
  switch (field.kind) {
    case 'group':
      return draftOf(field.fields, present)
    case 'yes-no':
      return { [field.pointer]: present === true }
    case 'words':
      return { [field.pointer]: Array.isArray(present) ? present.map(String) : [] }
    case 'choice': {
      const index = field.options.findIndex((option) => option.value === present)
      return { [field.pointer]: index < 0 ? '' : String(index) }
    }
    case 'other':
      return {}
    default:
      return { [field.pointer]: present === undefined || present === null ? '' : String(present) }
  }
}

/**
 * What is to be changed, as a JSON merge patch: only what differs from `before`; null takes an emptied optional setting
 * away.
 */
export function patchOf(fields: readonly SettingField[], draft: Draft, before: Draft): Values {
  const changes: [string, unknown][] = []
  for (const field of fields) {
    if (field.fixed || field.kind === 'other') continue
    if (field.kind === 'group') {
      const inner = patchOf(field.fields, draft, before)
      if (Object.keys(inner).length > 0) changes.push([field.name, inner])
    } else if (JSON.stringify(draft[field.pointer]) !== JSON.stringify(before[field.pointer])) {
      changes.push([field.name, valueOf(field, draft[field.pointer])])
    }
  }
  return Object.fromEntries(changes)
}

function valueOf(field: Exclude<SettingField, { kind: 'group' | 'other' }>, entry: Draft[string] | undefined): unknown {
  switch (field.kind) {
    case 'yes-no':
      return entry === true
    case 'words':
      return (entry as string[]).map((word) => word.trim()).filter(Boolean)
    case 'choice':
      return entry === '' ? null : field.options[Number(entry)]?.value
    case 'number':
      // What is no number goes as it is: the server says at this field that it is none.
      return entry === '' ? null : Number.isFinite(Number(entry)) ? Number(entry) : entry
    default:
      return entry === '' && !field.required ? null : entry
  }
}

interface Fault {
  path: string
  message: string
}

/** The server's sentences by the pointer of the field they belong at; under the empty one what belongs at none. */
export function faultsByField(fields: readonly SettingField[], faults: readonly Fault[]): Record<string, string> {
  const pointers = flat(fields).map(({ pointer }) => pointer)
  const told: Record<string, string> = {}
  for (const fault of faults) {
    const missing = /^must have required property '(.+)'$/.exec(fault.message)?.[1]
    const path = missing ? `${fault.path}/${missing.replaceAll('~', '~0').replaceAll('/', '~1')}` : fault.path
    const at = pointers
      .filter((pointer) => path === pointer || path.startsWith(`${pointer}/`))
      .reduce((longest, pointer) => (pointer.length > longest.length ? pointer : longest), '')
    const sentence = missing && at === path ? 'This is needed.' : sentenceOf(fault, at)
    told[at] = told[at] ? `${told[at]} ${sentence}` : sentence
  }
  return told
}

function sentenceOf({ path, message }: Fault, at: string): string {
  // Of a list the entry, counted as people count; elsewhere the path, which no field of the form stands for.
  const rest = path.slice(at.length + 1)
  const where = /^\d+$/.test(rest) && at ? `Entry ${Number(rest) + 1} ` : at || !path ? '' : `${path} `
  const sentence = `${where}${message}`
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}${/[.!?]$/.test(sentence) ? '' : '.'}`
}

const flat = (fields: readonly SettingField[]): SettingField[] =>
  fields.flatMap((field) => (field.kind === 'group' ? [field, ...flat(field.fields)] : [field]))
