/** One thing of a form, read out of a JSON Schema. */
export type SettingField = Common &
  (
    | { kind: 'text'; format?: string; masked: boolean; minLength?: number; maxLength?: number; pattern?: string }
    | { kind: 'number'; integer: boolean; minimum?: number; maximum?: number; step?: number }
    | { kind: 'yes-no' }
    | { kind: 'choice'; options: { value: unknown; label: string }[] }
    | { kind: 'words'; options: string[] | null }
    | { kind: 'group'; fields: SettingField[] }
    /** What no form is drawn for: shown as it is. */
    | { kind: 'other' }
  )

interface Common {
  name: string
  /** JSON pointer within the settings. */
  pointer: string
  label: string
  hint: string
  required: boolean
  fixed: boolean
  preset: unknown
}

type Schema = Record<string, unknown>

/** A schema may name itself: so deep, and no deeper. */
const DEEPEST = 6
const MOST = 200

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)
const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : []
const escape = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')

/** The fields of a form for settings of this schema, in the schema's order. */
export function fieldsOf(schema: Schema): SettingField[] {
  return fieldsWithin(schema, schema, '', 0)
}

function fieldsWithin(root: Schema, schema: Schema, pointer: string, depth: number): SettingField[] {
  const properties = isRecord(schema.properties) ? Object.entries(schema.properties) : []
  const required = strings(schema.required)
  return properties
    .slice(0, MOST)
    .map(([name, inner]) => fieldOf(root, resolve(root, inner), { name, pointer, required, depth }))
}

interface Place {
  name: string
  pointer: string
  required: readonly string[]
  depth: number
}

function fieldOf(root: Schema, schema: Schema, { name, pointer, required, depth }: Place): SettingField {
  const common: Common = {
    name,
    pointer: `${pointer}/${escape(name)}`,
    label: text(schema.title) || words(name),
    hint: text(schema.description),
    required: required.includes(name),
    fixed: schema.readOnly === true || 'const' in schema,
    preset: schema.default,
  }
  const options = optionsOf(root, schema)
  if (options) return { ...common, kind: 'choice', options }
  switch (typeOf(schema)) {
    case 'string':
      return { ...common, kind: 'text', ...textRules(schema) }
    case 'integer':
    case 'number':
      return { ...common, kind: 'number', ...numberRules(schema) }
    case 'boolean':
      return { ...common, kind: 'yes-no' }
    case 'array': {
      const items = resolve(root, schema.items)
      if (typeOf(items) !== 'string' && !Array.isArray(items.enum)) return { ...common, kind: 'other' }
      return { ...common, kind: 'words', options: Array.isArray(items.enum) ? strings(items.enum) : null }
    }
    case 'object':
      if (depth >= DEEPEST || !isRecord(schema.properties)) return { ...common, kind: 'other' }
      return { ...common, kind: 'group', fields: fieldsWithin(root, schema, common.pointer, depth + 1) }
    default:
      return { ...common, kind: 'other' }
  }
}

/** `$ref` within the same schema, a few steps far; what leads elsewhere is nothing. */
function resolve(root: Schema, schema: unknown, steps = 0): Schema {
  if (!isRecord(schema)) return {}
  if (typeof schema.$ref !== 'string') return schema
  if (!schema.$ref.startsWith('#/') || steps > DEEPEST) return {}
  const parts = schema.$ref.slice(2).split('/')
  const found = parts.reduce<unknown>((inner, part) => {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~')
    return isRecord(inner) && Object.hasOwn(inner, name) ? inner[name] : undefined
  }, root)
  const { $ref: _ref, ...beside } = schema
  return { ...resolve(root, found, steps + 1), ...beside }
}

/** The one type besides null; nothing where there are several. */
function typeOf(schema: Schema): string | undefined {
  if (typeof schema.type === 'string') return schema.type
  const types = strings(schema.type).filter((type) => type !== 'null')
  return types.length === 1 ? types[0] : undefined
}

function optionsOf(root: Schema, schema: Schema): { value: unknown; label: string }[] | null {
  if (Array.isArray(schema.enum)) {
    return schema.enum.filter((value) => value !== null).map((value) => ({ value, label: String(value) }))
  }
  const variants = schema.oneOf ?? schema.anyOf
  if (!Array.isArray(variants)) return null
  const resolved = variants.map((variant) => resolve(root, variant))
  if (!resolved.every((variant) => 'const' in variant)) return null
  return resolved.map((variant) => ({ value: variant.const, label: text(variant.title) || String(variant.const) }))
}

function textRules(schema: Schema) {
  const format = text(schema.format)
  return {
    ...(format && { format }),
    masked: schema.writeOnly === true || format === 'password',
    ...(number(schema.minLength) !== undefined && { minLength: number(schema.minLength) }),
    ...(number(schema.maxLength) !== undefined && { maxLength: number(schema.maxLength) }),
    ...(isPattern(schema.pattern) && { pattern: schema.pattern }),
  }
}

/** The browser's own check wants the whole text to fit, and knows fewer patterns than the server. */
function isPattern(pattern: unknown): pattern is string {
  if (typeof pattern !== 'string' || !pattern.startsWith('^') || !pattern.endsWith('$')) return false
  try {
    return new RegExp(pattern, 'v') instanceof RegExp
  } catch {
    return false
  }
}

function numberRules(schema: Schema) {
  const integer = typeOf(schema) === 'integer'
  const minimum = number(schema.minimum)
  const maximum = number(schema.maximum)
  const step = number(schema.multipleOf)
  return {
    integer,
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && { maximum }),
    // A browser counts its steps from the minimum, the schema from zero.
    ...(step !== undefined && !minimum && { step }),
  }
}

/** `maxNotes` and `max_notes` read "Max notes". */
function words(name: string): string {
  const spaced = name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll(/[_-]+/g, ' ')
    .toLowerCase()
  return spaced.charAt(0).toUpperCase() + spaced.slice(1)
}
