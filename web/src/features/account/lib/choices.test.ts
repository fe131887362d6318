import { expect, it } from 'vitest'
import { languages, timeZones } from './choices.ts'

it('names each language in its own words, and lets the browser decide first', () => {
  const [first, ...rest] = languages()
  expect(first!.value).toBe('')
  expect(rest.find(({ value }) => value === 'de')!.label).toBe('Deutsch')
  expect(rest.find(({ value }) => value === 'pt-BR')!.label).toContain('Português')
})

it('offers the zones of the system', () => {
  expect(timeZones()).toContainEqual({ value: 'America/New_York', label: 'America/New York' })
})
