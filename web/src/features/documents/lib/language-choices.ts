const CODES = [
  'da',
  'de',
  'el',
  'en',
  'es',
  'fi',
  'fr',
  'hu',
  'it',
  'ja',
  'nl',
  'no',
  'pl',
  'pt',
  'ro',
  'ru',
  'sv',
  'tr',
  'uk',
  'zh',
]

/** The languages a document may be in, by name; one that is not among them is added, so that it is not lost. */
export function languageChoices(present: string): { value: string; label: string }[] {
  const names = new Intl.DisplayNames(undefined, { type: 'language', fallback: 'code' })
  const name = (code: string): string => {
    try {
      return names.of(code) ?? code
    } catch {
      return code
    }
  }
  const codes = present && !CODES.includes(present) ? [present, ...CODES] : CODES
  const choices = codes.map((value) => ({ value, label: name(value) })).sort((a, b) => a.label.localeCompare(b.label))
  return [{ value: '', label: 'Not known' }, ...choices]
}
