import type { PlaceInput, StoragePlace } from '../place-documents.ts'
import { DRIVERS, driverForm, type Driver, type DriverField } from './drivers.ts'

/** What stands in the fields of a form, by the fields' names. */
export type PlaceValues = Record<string, string>
type Config = PlaceInput['config']
type Setting = StoragePlace['settings'][number]

export function blankValues(driver: Driver): PlaceValues {
  return Object.fromEntries(DRIVERS[driver].fields.map(({ name }) => [name, '']))
}

/** What a place shows of itself; sealed fields begin empty, whatever they hold. */
export function valuesOf(driver: Driver, settings: readonly Setting[]): PlaceValues {
  const sealed = new Set(DRIVERS[driver].fields.filter((field) => field.sealed).map(({ name }) => name))
  const shown = settings.filter(({ name }) => !sealed.has(name)).map(({ name, value }) => [name, value])
  return { ...blankValues(driver), ...Object.fromEntries(shown) }
}

/** The configuration to send: what was left empty is left out, and the driver's own default holds. */
export function configOf(driver: Driver, values: PlaceValues): Config {
  const { member, fields } = DRIVERS[driver]
  const given = fields.flatMap((field) => {
    const value = read(field, values[field.name] ?? '')
    return value === '' ? [] : [[field.name, value]]
  })
  return { [member]: Object.fromEntries(given) }
}

/** Only what differs from `before`; null when nothing does, so that a mere new name does not try the place again. */
export function changedConfig(driver: Driver, values: PlaceValues, before: PlaceValues): Config | null {
  const changed = Object.entries(values).filter(([name, value]) => value !== (before[name] ?? ''))
  const config = configOf(driver, Object.fromEntries(changed))
  return Object.keys(config[DRIVERS[driver].member] ?? {}).length > 0 ? config : null
}

/** Secrets may well begin or end with a space. */
const read = (field: DriverField, value: string): string | boolean => {
  if (field.kind === 'yes-no') return value === '' ? '' : value === 'true'
  return field.sealed ? value : value.trim()
}

/** The field of the form that the server objects to, from a path such as `config.bucket`; null when it is none. */
export function fieldAt(driver: Driver, path: string | null): string | null {
  const name = path?.split('.').at(-1)
  if (name === 'name') return name
  return DRIVERS[driver].fields.find((field) => field.name === name)?.name ?? null
}

/** A place's settings in the order and the words of its form, without those that say nothing. */
export function readableSettings(driver: string, settings: readonly Setting[]): { label: string; value: string }[] {
  const { fields } = driverForm(driver)
  const place = (name: string) => {
    const index = fields.findIndex((field) => field.name === name)
    return index === -1 ? fields.length : index
  }
  return settings
    .filter(({ value }) => value !== '')
    .sort((a, b) => place(a.name) - place(b.name))
    .map(({ name, value }) => {
      const field = fields.find((each) => each.name === name)
      return { label: field?.label ?? name, value: field?.tell?.(value) ?? value }
    })
}
