import { InvalidInputError } from '@archivolt/kit/errors/domain-error'
import { normalizeName } from './user.ts'

export interface ProfileInput {
  name?: string | null
  fullName?: string | null
  phone?: string | null
  language?: string | null
  timeZone?: string | null
}

const MAX_FULL_NAME = 200
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u
/** Digits with what people write between them; at most 15 digits (ITU-T E.164). */
const PHONE = /^\+?[\d ()/.-]{3,30}$/
const APP = /^[a-z][a-z0-9-]{0,39}$/
const MAX_APPS = 50

/** What is given, as it is kept; null and empty text clear what may be empty. @throws InvalidInputError */
export function normalizeProfile(input: ProfileInput) {
  return {
    ...(typeof input.name === 'string' && { name: normalizeName(input.name) }),
    ...(input.fullName !== undefined && { fullName: fullNameOf(input.fullName ?? '') }),
    ...(input.phone !== undefined && { phone: phoneOf(input.phone ?? '') }),
    ...(input.language !== undefined && { language: languageOf(input.language) }),
    ...(input.timeZone !== undefined && { timeZone: timeZoneOf(input.timeZone ?? '') }),
  }
}

function fullNameOf(text: string): string {
  const normal = text.normalize('NFC').trim()
  if ([...normal].length > MAX_FULL_NAME || CONTROL.test(normal))
    throw new InvalidInputError('fullName', `A name has at most ${MAX_FULL_NAME} characters and no line breaks.`)
  return normal
}

function phoneOf(text: string): string | null {
  const normal = text.trim()
  if (normal === '') return null
  const digits = normal.replace(/\D/g, '').length
  if (!PHONE.test(normal) || digits < 3 || digits > 15)
    throw new InvalidInputError('phone', 'A telephone number has 3 to 15 digits, such as +43 1 234567.')
  return normal
}

/** BCP 47 in its canonical form; null for none. @throws InvalidInputError */
export function languageOf(tag: string | null): string | null {
  if (tag === null || tag.trim() === '') return null
  try {
    const [language] = tag.length > 35 ? [] : Intl.getCanonicalLocales(tag.trim())
    if (language) return language
  } catch {
    // Not a language tag: answered below.
  }
  throw new InvalidInputError('language', 'A language is a tag such as "de" or "pt-BR".')
}

function timeZoneOf(name: string): string | null {
  const normal = name.trim()
  if (normal === '') return null
  try {
    // Offsets such as +02:00 are taken by Intl, but know no summer time.
    if (/^[A-Za-z]/.test(normal) && normal.length <= 60)
      return new Intl.DateTimeFormat('en', { timeZone: normal }).resolvedOptions().timeZone
  } catch {
    // Not a time zone: answered below.
  }
  throw new InvalidInputError('timeZone', 'A time zone has a name such as "Europe/Vienna".')
}

/** Ids of features without repetitions, in their order. @throws InvalidInputError */
export function normalizeDashboard(apps: readonly string[]): string[] {
  if (apps.length > MAX_APPS || !apps.every((app) => APP.test(app)))
    throw new InvalidInputError('dashboardApps', `The first page has at most ${MAX_APPS} apps, named by their ids.`)
  return [...new Set(apps)]
}
