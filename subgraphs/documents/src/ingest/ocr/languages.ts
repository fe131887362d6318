/** The languages whose data npm brings, by Tesseract's names. */
export const PACKAGED_LANGUAGES: readonly string[] = ['eng', 'deu', 'fra']

/** Tesseract's names of languages that are told by two letters. */
const NAMES: Record<string, string> = {
  ...{ en: 'eng', de: 'deu', fr: 'fra', es: 'spa', it: 'ita', pt: 'por', nl: 'nld', sv: 'swe', da: 'dan', no: 'nor' },
  ...{ fi: 'fin', pl: 'pol', cs: 'ces', sk: 'slk', sl: 'slv', hr: 'hrv', hu: 'hun', ro: 'ron', bg: 'bul', ru: 'rus' },
  ...{
    uk: 'ukr',
    el: 'ell',
    tr: 'tur',
    he: 'heb',
    ar: 'ara',
    fa: 'fas',
    hi: 'hin',
    zh: 'chi_sim',
    ja: 'jpn',
    ko: 'kor',
  },
}

/** The one of the languages that are read which a text is in, or null. */
export function readableAs(language: string | null, languages: readonly string[]): string | null {
  const name = language ? NAMES[language] : undefined
  return name && languages.includes(name) ? name : null
}
