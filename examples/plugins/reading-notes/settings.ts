import type { Settings } from './notes.ts'

/** JSON Schema (2020-12) of the settings; the vault draws the form from it and checks against it before it asks. */
export const settingsSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    maxLength: { title: 'Longest note', description: 'In characters.', type: 'integer', minimum: 1, maximum: 20_000 },
    maxNotes: { title: 'Notes per person', type: 'integer', minimum: 1, maximum: 10_000 },
  },
}

/** The part of a merge patch that is ours. @throws Error with a sentence for the person */
export function readPatch(patch: unknown): Partial<Settings> {
  if (typeof patch !== 'object' || patch === null) throw new Error('Settings are a JSON object.')
  const change: Partial<Settings> = {}
  for (const [name, value] of Object.entries(patch)) {
    const rule = settingsSchema.properties[name as keyof Settings]
    if (!rule) throw new Error(`There is no setting "${name}".`)
    if (!Number.isInteger(value) || value < rule.minimum || value > rule.maximum)
      throw new Error(`"${name}" is a whole number from ${rule.minimum} to ${rule.maximum}.`)
    change[name as keyof Settings] = value as number
  }
  return change
}
